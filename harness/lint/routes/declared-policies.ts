/**
 * What routes and rules to a receiver declare, for claims that name a number: those of every Service that selects its pods.
 * Pure.
 */
import type { PodSelector } from '../../documents/references.ts';
import { formatPosition, type ValuePath } from '../../documents/yaml-source.ts';
import {
  asList,
  asRecord,
  destinationRules,
  type Finding,
  type ManifestFile,
  type ManifestObject,
  parseManifestSet,
  services,
  virtualServices,
} from '../manifest-set.ts';
import { fullHost } from './service-hosts.ts';

export type PolicyKind = 'retries' | 'timeout' | 'mirrorPercentage' | 'http2MaxRequests' | OutlierKind;
type OutlierKind = (typeof OUTLIER_KINDS)[number];
const OUTLIER_KINDS = ['consecutive5xxErrors', 'consecutiveGatewayErrors', 'maxEjectionPercent'] as const;

export interface DeclaredPolicy {
  readonly kind: PolicyKind;
  /** As written; `mirrorPercentage` is 100 where there is none. */
  readonly value: unknown;
  /** File, line and column. */
  readonly where: string;
}

export function declaredPolicies(
  files: readonly ManifestFile[],
  home: string,
  receiver: PodSelector,
): readonly DeclaredPolicy[] {
  const set = parseManifestSet(files, home);
  const hosts = new Set(
    services(set)
      .filter((service) => service.namespace === receiver.namespace && selectsAll(service, receiver.labels))
      .map(({ name, namespace }) => fullHost(name, namespace)),
  );
  const leadsTo = (destination: unknown, namespace: string) => {
    const host = asRecord(destination)?.host;
    return typeof host === 'string' && hosts.has(fullHost(host, namespace));
  };
  return [
    ...virtualServices(set).flatMap((object) => routePolicies(object, leadsTo)),
    ...destinationRules(set)
      .filter(({ value, namespace }) => leadsTo(value.spec, namespace))
      .flatMap(poolPolicies),
  ];
}

/**
 * @param claimed a number, and the field or fields that may declare it
 * @returns CLAIM_NOT_AS_DECLARED, where Git declares such numbers and none of them is the claim's: then either of them is wrong, and
 * traffic will say so.
 */
export function policyFindings(
  claimed: {
    readonly kind: PolicyKind | readonly PolicyKind[];
    readonly is: (value: unknown) => boolean;
    readonly said: string;
  },
  { files, home, where }: { readonly files: readonly ManifestFile[]; readonly home: string; readonly where: string },
  receiver: PodSelector,
): readonly Finding[] {
  const kinds = [claimed.kind].flat();
  const declared = declaredPolicies(files, home, receiver).filter(({ kind }) => kinds.includes(kind));
  if (declared.length === 0 || declared.some(({ value }) => claimed.is(value))) return [];
  const seen = declared.map(({ kind, value, where: place }) => `${kind} ${String(value)} at ${place}`).join(', ');
  return [
    {
      ...{ code: 'CLAIM_NOT_AS_DECLARED', layer: 'manifest', severity: 'warning', where },
      sentence: `the claim says ${claimed.said}, and Git declares ${seen}`,
      hint: 'One of the two is wrong; the claim will fail unless something that is not in this repository decides.',
    },
  ];
}

function selectsAll({ value }: ManifestObject, labels: PodSelector['labels']): boolean {
  const selector = Object.entries(asRecord(asRecord(value.spec)?.selector) ?? {});
  return selector.length > 0 && selector.every(([key, wanted]) => labels[key] === wanted);
}

function routePolicies(
  object: ManifestObject,
  leadsTo: (destination: unknown, namespace: string) => boolean,
): readonly DeclaredPolicy[] {
  return asList(asRecord(object.value.spec)?.http).flatMap((entry, index): DeclaredPolicy[] => {
    const route = asRecord(entry) ?? {};
    const found: DeclaredPolicy[] = [];
    const add = (kind: PolicyKind, value: unknown, path: ValuePath) => {
      if (value !== undefined)
        found.push({ kind, value, where: formatPosition(object.positionOf(['spec', 'http', index, ...path])) });
    };
    if (asList(route.route).some((one) => leadsTo(asRecord(one)?.destination, object.namespace))) {
      add('retries', asRecord(route.retries)?.attempts, ['retries', 'attempts']);
      add('timeout', route.timeout, ['timeout']);
    }
    const share = (percentage: unknown) => asRecord(percentage)?.value ?? 100;
    if (leadsTo(route.mirror, object.namespace)) add('mirrorPercentage', share(route.mirrorPercentage), ['mirror']);
    for (const [position, mirror] of asList(route.mirrors).entries())
      if (leadsTo(asRecord(mirror)?.destination, object.namespace))
        add('mirrorPercentage', share(asRecord(mirror)?.percentage), ['mirrors', position]);
    return found;
  });
}

function poolPolicies(object: ManifestObject): readonly DeclaredPolicy[] {
  const spec = asRecord(object.value.spec);
  const places: readonly (readonly [policy: unknown, path: ValuePath])[] = [
    [spec?.trafficPolicy, ['spec', 'trafficPolicy']],
    ...asList(spec?.subsets).map(
      (subset, index) => [asRecord(subset)?.trafficPolicy, ['spec', 'subsets', index, 'trafficPolicy']] as const,
    ),
  ];
  return places.flatMap(([policy, path]): DeclaredPolicy[] => {
    const found = (kind: PolicyKind, value: unknown, inner: ValuePath): readonly DeclaredPolicy[] =>
      value === undefined ? [] : [{ kind, value, where: formatPosition(object.positionOf([...path, ...inner, kind])) }];
    const pool = asRecord(asRecord(asRecord(policy)?.connectionPool)?.http);
    const outliers = asRecord(asRecord(policy)?.outlierDetection);
    return [
      ...found('http2MaxRequests', pool?.http2MaxRequests, ['connectionPool', 'http']),
      ...OUTLIER_KINDS.flatMap((kind) => found(kind, outliers?.[kind], ['outlierDetection'])),
    ];
  });
}
