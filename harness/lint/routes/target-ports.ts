/** Ports of Services that lead to a port of pods by its name: one that no pod declares leads nowhere. */
import {
  asLabels,
  asList,
  asRecord,
  type Finding,
  findingAt,
  type ManifestSet,
  NOBODY,
  nameOf,
  services,
} from '../manifest-set.ts';
import { portsOf, routesToService } from './routed-services.ts';
import { type PodTemplate, podsWith } from './subsets.ts';

/** Ports that injected proxies and agents declare. */
const OF_INJECTED = /^(http-envoy-|status-port$|dapr-|linkerd-|consul-)/;

/**
 * SERVICE_TARGET_PORT_MISSING: an error where a route leads to that port. Judged only where the set holds the pods that
 * the Service selects.
 */
export function targetPortFindings(set: ManifestSet): readonly Finding[] {
  const lists = [set.objects, set.others ?? NOBODY].map((objects) => ({ objects }));
  const routedTo = routesToService(set);
  return services(set).flatMap((service) => {
    const selector = asLabels(asRecord(service.value.spec)?.selector);
    if (Object.keys(selector).length === 0) return [];
    const pods = lists
      .flatMap((list) => podsWith(list, withoutHash(selector)))
      .filter(({ namespace }) => namespace === service.namespace);
    if (pods.length === 0) return [];
    const declared = pods.flatMap(portNames);
    const ports = portsOf(service);
    return ports.flatMap(({ targetPort, port }, index): readonly Finding[] => {
      if (typeof targetPort !== 'string' || /^\d+$/.test(targetPort)) return [];
      if (declared.includes(targetPort) || OF_INJECTED.test(targetPort)) return [];
      const isRouted = (routedTo.get(service) ?? []).some((one) =>
        one.port === undefined ? ports.length === 1 : one.port === port,
      );
      return [
        findingAt(service, ['spec', 'ports', index, 'targetPort'], {
          code: 'SERVICE_TARGET_PORT_MISSING',
          severity: isRouted ? 'error' : 'warning',
          sentence: `${nameOf(service)} leads to the port ${targetPort} of its pods, and none of them declares one of that name`,
          hint: `${declared.length > 0 ? `${nameOf(pods[0]!.owner)} declares ${[...new Set(declared)].join(', ')}.` : `Write it into ports of a container of ${nameOf(pods[0]!.owner)}, or a number here.`} The Service has no endpoints${isRouted ? ', and requests that are routed to it get 503' : ''}.`,
        }),
      ];
    });
  });
}

function withoutHash(selector: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(selector).filter(([key]) => key !== 'rollouts-pod-template-hash'));
}

function portNames({ owner }: PodTemplate): readonly string[] {
  const spec = asRecord(owner.value.spec);
  const pod = owner.kind === 'Pod' ? spec : asRecord(asRecord(spec?.template)?.spec);
  return [...asList(pod?.containers), ...asList(pod?.initContainers)]
    .flatMap((container) => asList(asRecord(container)?.ports))
    .flatMap((port) => {
      const name = asRecord(port)?.name;
      return typeof name === 'string' ? [name] : [];
    });
}
