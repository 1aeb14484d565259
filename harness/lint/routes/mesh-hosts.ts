/** Hosts of a VirtualService in the mesh that no Service answers to: no sidecar ever asks for them. */
import {
  type Finding,
  findingAt,
  isElsewhere,
  isServiceIn,
  type ManifestSet,
  NOBODY,
  nameOf,
  servicesIn,
  virtualServices,
} from '../manifest-set.ts';
import { gatewaysOf, hostsOf } from './bindings.ts';
import { entryHosts } from './service-entries.ts';
import { fullHost, serviceOfHost } from './service-hosts.ts';

/** VIRTUAL_SERVICE_HOST_WITHOUT_SERVICE; judged only where the set holds Services of that namespace. */
export function meshHostFindings(set: ManifestSet): readonly Finding[] {
  return virtualServices(set).flatMap((virtualService) => {
    if (!gatewaysOf(virtualService).includes('mesh')) return [];
    return hostsOf(virtualService).flatMap((host, index): Finding[] => {
      const target = serviceOfHost(host, virtualService.namespace);
      if (!target) return [];
      const known = servicesIn(set, target.namespace);
      if (known.length === 0 || isServiceIn(set, target)) return [];
      if (isElsewhere(set, 'Service', target.service) || isServiceEntry(set, host, virtualService.namespace)) return [];
      return [
        findingAt(virtualService, ['spec', 'hosts', index], {
          code: 'VIRTUAL_SERVICE_HOST_WITHOUT_SERVICE',
          severity: 'warning',
          sentence: `${nameOf(virtualService)} routes the host ${host} in the mesh, and there is no such Service`,
          hint: `No sidecar asks for it. Services there: ${known.map(({ name }) => name).join(', ')}.`,
        }),
      ];
    });
  });
}

function isServiceEntry({ objects, others = NOBODY }: ManifestSet, host: string, namespace: string): boolean {
  return [objects, others]
    .map(entryHosts)
    .some(({ written, full }) => written.has(host) || full.has(fullHost(host, namespace)));
}
