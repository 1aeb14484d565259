/** Delegates: a root hands a path over to a VirtualService without hosts and gateways of its own. */
import {
  asList,
  asRecord,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  NOBODY,
  named,
  nameOf,
  virtualServices,
} from '../manifest-set.ts';
import { oncePerList } from '../once-per-list.ts';
import { hostsOf, textsOf } from './bindings.ts';
import { delegatesOf } from './routes.ts';

/** DELEGATE_MISSING, DELEGATE_INVALID, DELEGATE_NESTED, DELEGATE_BESIDE_ROUTE, VIRTUAL_SERVICE_WITHOUT_HOSTS. */
export function delegateFindings(set: ManifestSet): readonly Finding[] {
  const concerned = virtualServices(set).filter((one) => hostsOf(one).length === 0 || delegatesOf(one).length > 0);
  if (concerned.length === 0) return [];
  const everybody = [set.objects, set.others ?? NOBODY];
  return concerned.flatMap((virtualService) => [
    ...refusedDelegates(virtualService),
    ...handedOver(virtualService, everybody),
    ...withoutHosts(virtualService, everybody),
  ]);
}

type Lists = readonly (readonly ManifestObject[])[];

/** What Istio's webhook refuses (validateRootHTTPRoute and validateDelegateHTTPRoute of pkg/config/validation). */
function refusedDelegates(virtualService: ManifestObject): readonly Finding[] {
  const isDelegate = hostsOf(virtualService).length === 0;
  return asList(asRecord(virtualService.value.spec)?.http).flatMap((entry, index): Finding[] => {
    const route = asRecord(entry);
    if (!asRecord(route?.delegate)) return [];
    const path = ['spec', 'http', index, 'delegate'];
    if (isDelegate)
      return [
        findingAt(virtualService, path, {
          code: 'DELEGATE_NESTED',
          severity: 'error',
          sentence: `${nameOf(virtualService)} has no hosts, so it is a delegate, and delegates further: Istio refuses it`,
          hint: 'One level of delegation is supported: delegate to the last one from the root.',
        }),
      ];
    const beside = ['route', 'redirect'].find((key) => route?.[key] !== undefined && route[key] !== null);
    if (beside === undefined) return [];
    return [
      findingAt(virtualService, path, {
        code: 'DELEGATE_BESIDE_ROUTE',
        severity: 'error',
        sentence: `${nameOf(virtualService)} delegates in a route that has ${beside} as well: Istio refuses it`,
        hint: `Leave ${beside} to the delegate, or write it into a route of its own.`,
      }),
    ];
  });
}

function handedOver(root: ManifestObject, everybody: Lists): readonly Finding[] {
  return asList(asRecord(root.value.spec)?.http).flatMap((route, index): Finding[] => {
    const delegate = asRecord(asRecord(route)?.delegate);
    if (!delegate || typeof delegate.name !== 'string') return [];
    const namespace = typeof delegate.namespace === 'string' ? delegate.namespace : root.namespace;
    const path = ['spec', 'http', index, 'delegate'];
    const called = everybody
      .flatMap((objects) => named(objects, 'VirtualService', String(delegate.name)))
      .filter(({ group }) => group === 'networking.istio.io');
    const candidates = called.filter((one) => one.namespace === namespace || one.namespace === '' || namespace === '');
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
    const isOurs = everybody.some((objects) => namespacesOf(objects).has(namespace));
    return [
      findingAt(root, path, {
        code: 'DELEGATE_MISSING',
        severity: isOurs && called.length === 0 ? 'error' : 'warning',
        sentence: `${nameOf(root)} delegates to ${shown}, which does not exist: Istio drops the route`,
        hint:
          called.length > 0
            ? `There is ${called.map(nameOf).join(', ')}.`
            : 'Requests for it get 404, or fall to a later route.',
      }),
    ];
  });
}

const namespacesOf = oncePerList(
  (objects: readonly ManifestObject[]) => new Set(virtualServices({ objects }).map(({ namespace }) => namespace)),
);

const delegatesIn = oncePerList(
  (objects: readonly ManifestObject[]) =>
    new Set(
      virtualServices({ objects })
        .flatMap(delegatesOf)
        .map(({ name, namespace }) => `${namespace}/${name}`),
    ),
);

function withoutHosts(virtualService: ManifestObject, everybody: Lists): readonly Finding[] {
  if (hostsOf(virtualService).length > 0) return [];
  const own = `${virtualService.namespace}/${virtualService.name}`;
  const isDelegate = everybody.some((objects) => delegatesIn(objects).has(own));
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
