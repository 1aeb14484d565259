/** Delegates: a root hands a path over to a VirtualService without hosts and gateways of its own. */
import {
  asList,
  asRecord,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  nameOf,
  virtualServices,
} from '../manifest-set.ts';
import { hostsOf, textsOf } from './bindings.ts';
import { delegatesOf } from './routes.ts';

/** DELEGATE_MISSING, DELEGATE_INVALID, VIRTUAL_SERVICE_WITHOUT_HOSTS. */
export function delegateFindings(set: ManifestSet): readonly Finding[] {
  const concerned = virtualServices(set).filter((one) => hostsOf(one).length === 0 || delegatesOf(one).length > 0);
  if (concerned.length === 0) return [];
  const everybody = [...virtualServices(set), ...virtualServices({ ...set, objects: set.others ?? [] })];
  return concerned.flatMap((virtualService) => [
    ...handedOver(virtualService, everybody),
    ...withoutHosts(virtualService, everybody),
  ]);
}

function handedOver(root: ManifestObject, everybody: readonly ManifestObject[]): readonly Finding[] {
  return asList(asRecord(root.value.spec)?.http).flatMap((route, index): Finding[] => {
    const delegate = asRecord(asRecord(route)?.delegate);
    if (!delegate || typeof delegate.name !== 'string') return [];
    const namespace = typeof delegate.namespace === 'string' ? delegate.namespace : root.namespace;
    const path = ['spec', 'http', index, 'delegate'];
    const named = everybody.filter(({ name }) => name === delegate.name);
    const candidates = named.filter((one) => one.namespace === namespace || one.namespace === '' || namespace === '');
    if (candidates.some((one) => hostsOf(one).length === 0)) return [];
    const [found] = candidates;
    const shown = nameOf({ kind: 'VirtualService', namespace, name: delegate.name });
    if (found)
      return [
        findingAt(root, path, {
          code: 'DELEGATE_INVALID',
          severity: 'error',
          sentence: `${nameOf(root)} delegates to ${shown}, which has hosts of its own: Istio drops the route`,
          hint: 'A delegate must have neither spec.hosts nor spec.gateways.',
        }),
      ];
    // teams keep delegates in their own namespaces and repositories
    const isOurs = everybody.some((one) => one.namespace === namespace);
    return [
      findingAt(root, path, {
        code: 'DELEGATE_MISSING',
        severity: isOurs && named.length === 0 ? 'error' : 'warning',
        sentence: `${nameOf(root)} delegates to ${shown}, which does not exist: Istio drops the route`,
        hint:
          named.length > 0
            ? `There is ${named.map(nameOf).join(', ')}.`
            : 'Requests for it get 404, or fall to a later route.',
      }),
    ];
  });
}

function withoutHosts(virtualService: ManifestObject, everybody: readonly ManifestObject[]): readonly Finding[] {
  if (hostsOf(virtualService).length > 0) return [];
  const isDelegate = everybody.some((root) =>
    delegatesOf(root).some(
      ({ name, namespace }) => name === virtualService.name && namespace === virtualService.namespace,
    ),
  );
  const bound = textsOf(asRecord(virtualService.value.spec)?.gateways);
  if (isDelegate && bound.length === 0) return [];
  return [
    findingAt(virtualService, ['spec', bound.length > 0 ? 'gateways' : 'hosts'], {
      code: 'VIRTUAL_SERVICE_WITHOUT_HOSTS',
      severity: bound.length > 0 ? 'error' : 'warning',
      sentence: `${nameOf(virtualService)} has no hosts${bound.length > 0 ? ` but is bound to ${bound.join(', ')}: Istio refuses it` : ', and no VirtualService delegates to it, so its routes are never used'}`,
      hint: 'Without hosts it is a delegate, which must name no gateways and is reached through http[].delegate alone.',
    }),
  ];
}
