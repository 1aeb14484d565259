/**
 * Gateways that a VirtualService names: that they exist, that they open its hosts (istioctl IST0101, IST0132), and that a
 * gateway's selector chooses pods. Gateways often come from another repository, so their absence is never an error.
 */
import {
  asLabels,
  asList,
  asRecord,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  NOBODY,
  named,
  nameOf,
  ofKind,
  virtualServices,
} from '../manifest-set.ts';
import { oncePerList } from '../once-per-list.ts';
import { fullGateway, gatewaysOf, hostsOf, textsOf } from './bindings.ts';
import { type PodTemplate, podsWith, podTemplates } from './subsets.ts';

/** As Kubernetes takes it. */
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?)?$/;
const PLACEHOLDER = /[^-\w./]/;

/** GATEWAY_MISSING, GATEWAY_HOST_NOT_OPEN, MATCH_GATEWAY_NOT_BOUND, GATEWAY_SELECTOR_UNKNOWN. */
export function gatewayFindings(set: ManifestSet): readonly Finding[] {
  return [
    ...virtualServices(set).flatMap((virtualService) => [
      ...boundFindings(set, virtualService),
      ...matchFindings(virtualService),
    ]),
    ...gatewaysIn(set.objects).flatMap((gateway) => selectorFindings(set, gateway)),
  ];
}

function gatewaysIn(objects: readonly ManifestObject[]): readonly ManifestObject[] {
  return ofKind(objects, 'networking.istio.io', 'Gateway');
}

function boundFindings(set: ManifestSet, virtualService: ManifestObject): readonly Finding[] {
  const lists = [set.objects, set.others ?? NOBODY];
  const isNone = lists.every((objects) => gatewaysIn(objects).length === 0);
  const written = textsOf(asRecord(virtualService.value.spec)?.gateways);
  return written.flatMap((text, index): readonly Finding[] => {
    if (text === 'mesh') return [];
    const full = fullGateway(text, virtualService.namespace);
    const [namespace, name] = full.split('/');
    const called = lists
      .flatMap((objects) => named(objects, 'Gateway', name ?? ''))
      .filter(({ group }) => group === 'networking.istio.io');
    const found = called.find((one) => one.namespace === namespace || one.namespace === '' || namespace === '');
    const path = ['spec', 'gateways', index];
    if (found) return hostFindings(virtualService, found);
    // a lone set of files says nothing about what else is applied
    if (set.others === undefined && isNone) return [];
    return [
      findingAt(virtualService, path, {
        code: 'GATEWAY_MISSING',
        severity: isNone ? 'info' : 'warning',
        sentence: `${nameOf(virtualService)} is bound to gateway ${full.replace(/^\//, '')}, which is not in this repository`,
        hint:
          called.length > 0
            ? `There is ${called.map(nameOf).join(', ')}: without a namespace a gateway is looked for in that of the VirtualService.`
            : 'If nobody else brings it, no request from outside reaches these routes.',
      }),
    ];
  });
}

function hostFindings(virtualService: ManifestObject, gateway: ManifestObject): readonly Finding[] {
  const open = asList(asRecord(gateway.value.spec)?.servers).flatMap((server) => textsOf(asRecord(server)?.hosts));
  const inside = open.flatMap((entry) => {
    const [space, host] = entry.includes('/') ? entry.split('/') : ['*', entry];
    const wanted = space === '.' ? gateway.namespace : space;
    return wanted === '*' || wanted === virtualService.namespace || virtualService.namespace === '' ? [host ?? ''] : [];
  });
  const hosts = hostsOf(virtualService);
  if (open.length === 0 || hosts.length === 0) return [];
  if (hosts.some((host) => inside.some((one) => overlap(one, host)))) return [];
  return [
    findingAt(virtualService, ['spec', 'hosts'], {
      code: 'GATEWAY_HOST_NOT_OPEN',
      severity: 'warning',
      sentence: `${nameOf(virtualService)} routes ${hosts.join(', ')} at ${nameOf(gateway)}, which opens only ${[...new Set(open)].join(', ')}`,
      hint: 'No request from outside reaches these routes (istioctl analyze: IST0132).',
    }),
  ];
}

/** Two host patterns, of which either may be `*` or `*.suffix`. */
function overlap(a: string, b: string): boolean {
  const covers = (pattern: string, host: string) =>
    pattern === '*' || pattern === host || (pattern.startsWith('*.') && host.endsWith(pattern.slice(1)));
  return covers(a, b) || covers(b, a);
}

/** A match at a gateway that the VirtualService is not bound to is never tried. */
function matchFindings(virtualService: ManifestObject): readonly Finding[] {
  const bound = gatewaysOf(virtualService);
  if (bound.length === 0) return [];
  return asList(asRecord(virtualService.value.spec)?.http).flatMap((route, index) =>
    asList(asRecord(route)?.match).flatMap((block, position): Finding[] => {
      const written = textsOf(asRecord(block)?.gateways);
      if (written.length === 0) return [];
      if (written.some((text) => bound.includes(fullGateway(text, virtualService.namespace)))) return [];
      return [
        findingAt(virtualService, ['spec', 'http', index, 'match', position, 'gateways'], {
          code: 'MATCH_GATEWAY_NOT_BOUND',
          severity: 'warning',
          sentence: `${nameOf(virtualService)} matches at ${written.join(', ')} but is bound to ${bound.join(', ')}, so this match never fits`,
          hint: 'Name the gateway in spec.gateways too.',
        }),
      ];
    }),
  );
}

/**
 * Pods of gateways mostly come with Istio's own charts, whose label `istio` is the release's name. So only a repository
 * that brings gateways of its own can tell that a selector chooses none of them.
 */
function selectorFindings(set: ManifestSet, gateway: ManifestObject): readonly Finding[] {
  const selector = asLabels(asRecord(gateway.value.spec)?.selector);
  if (Object.keys(selector).length === 0 || isStandard(selector)) return [];
  const impossible = Object.values(selector).find((value) => !LABEL_VALUE.test(value) && !PLACEHOLDER.test(value));
  if (impossible !== undefined)
    return [
      findingAt(gateway, ['spec', 'selector'], {
        code: 'GATEWAY_SELECTOR_UNKNOWN',
        severity: 'error',
        sentence: `${nameOf(gateway)} selects pods by ${formatLabels(selector)}, which no pod can carry: ${impossible} is no value of a label`,
        hint: 'No proxy serves this Gateway. A selector has no namespace in it: a Gateway selects pods of all namespaces.',
      }),
    ];
  const lists = [set.objects, set.others ?? NOBODY];
  if (lists.some((objects) => podsWith({ objects }, selector).length > 0)) return [];
  const own = lists.flatMap(proxiesIn);
  return [
    findingAt(gateway, ['spec', 'selector'], {
      code: 'GATEWAY_SELECTOR_UNKNOWN',
      severity: own.length > 0 ? 'warning' : 'info',
      sentence: `${nameOf(gateway)} selects pods by ${formatLabels(selector)}, and no workload of this repository carries that`,
      hint: `${own.length > 0 ? `Gateways here: ${own.map(({ labels }) => `istio=${labels.istio}`).join(', ')}. ` : ''}Istio's own profile labels its gateway istio=ingressgateway; a gateway chart takes its release's name.`,
    }),
  ];
}

const proxiesIn = oncePerList((objects: readonly ManifestObject[]) =>
  podTemplates({ objects }).filter((template) => template.labels.istio !== undefined && isProxyAlone(template)),
);

/** A gateway is a pod whose first container is the proxy itself (`image: auto` where it is injected). */
function isProxyAlone({ owner }: PodTemplate): boolean {
  const template = asRecord(asRecord(asRecord(owner.value.spec)?.template)?.spec);
  return asRecord(asList(template?.containers)[0])?.name === 'istio-proxy';
}

/** Of the default profile: istio=ingressgateway, app=istio-ingressgateway, and the same of egress. */
function isStandard(selector: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(
    ([key, value]) =>
      (key === 'istio' && /^(in|e)gressgateway$/.test(value)) ||
      (key === 'app' && /^istio-(in|e)gressgateway$/.test(value)),
  );
}

function formatLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}
