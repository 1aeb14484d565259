/**
 * Outlier detection that can never eject.
 *
 * Envoy ejects a host only while 100 · (ejected + 1) / hosts is not above `max_ejection_percent`, and since 1.26 not "at least
 * one" either unless `always_eject_one_host` is set (source/common/upstream/outlier_detection_impl.cc, `ejectHost`). Istio
 * does not set that, and hands on `maxEjectionPercent` only where it is above 0; else Envoy's 10 % holds
 * (pilot/pkg/networking/core/cluster_traffic_policy.go, `applyOutlierDetection`). So with the default none of fewer than
 * ten endpoints ever goes. Errors in a row are counted only where the number is above 0; five where none is given.
 */
import type { ValuePath } from '../../documents/yaml-source.ts';
import {
  asLabels,
  asList,
  asRecord,
  destinationRules,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  NOBODY,
  named,
  nameOf,
} from '../manifest-set.ts';
import { groupedBy } from '../once-per-list.ts';
import { fullHost, serviceOfHost } from './service-hosts.ts';
import { type PodTemplate, podsWith, requiredLabels } from './subsets.ts';

const DEFAULT_PERCENT = 10;

interface Place {
  readonly detection: Readonly<Record<string, unknown>>;
  readonly path: ValuePath;
  /** Labels of the subset that it is for. */
  readonly labels: Readonly<Record<string, string>>;
}

/** OUTLIER_NEVER_EJECTED, OUTLIER_COUNTS_NOTHING. */
export function outlierFindings(set: ManifestSet): readonly Finding[] {
  return destinationRules(set).flatMap((rule) => placesOf(rule).flatMap((place) => findingsOf(set, rule, place)));
}

function placesOf({ value }: ManifestObject): readonly Place[] {
  const spec = asRecord(value.spec);
  const at = (policy: unknown, path: ValuePath, labels: Place['labels']): readonly Place[] => {
    const known = asRecord(policy);
    const found = (holder: Readonly<Record<string, unknown>> | undefined, inner: ValuePath): readonly Place[] => {
      const detection = asRecord(holder?.outlierDetection);
      return detection === undefined ? [] : [{ detection, path: [...path, ...inner, 'outlierDetection'], labels }];
    };
    return [
      ...found(known, []),
      ...asList(known?.portLevelSettings).flatMap((one, index) => found(asRecord(one), ['portLevelSettings', index])),
    ];
  };
  return [
    ...at(spec?.trafficPolicy, ['spec', 'trafficPolicy'], {}),
    ...asList(spec?.subsets).flatMap((entry, index) => {
      const subset = asRecord(entry);
      return at(subset?.trafficPolicy, ['spec', 'subsets', index, 'trafficPolicy'], asLabels(subset?.labels));
    }),
  ];
}

function findingsOf(set: ManifestSet, rule: ManifestObject, { detection, path, labels }: Place): readonly Finding[] {
  const { consecutive5xxErrors, consecutiveGatewayErrors, splitExternalLocalOriginErrors } = detection;
  if (consecutive5xxErrors === 0 && !consecutiveGatewayErrors && splitExternalLocalOriginErrors !== true)
    return [
      findingAt(rule, [...path, 'consecutive5xxErrors'], {
        code: 'OUTLIER_COUNTS_NOTHING',
        severity: 'warning',
        sentence: `${nameOf(rule)} switches counting of errors in a row off, so its outlierDetection ejects nobody`,
        hint: 'Give consecutive5xxErrors or consecutiveGatewayErrors a number above 0.',
      }),
    ];
  const { maxEjectionPercent } = detection;
  const isGiven = typeof maxEjectionPercent === 'number' && maxEjectionPercent > 0;
  const percent = isGiven ? maxEjectionPercent : DEFAULT_PERCENT;
  const endpoints = endpointsOf(set, rule, labels);
  if (endpoints === undefined || Math.floor((endpoints * percent) / 100) > 0) return [];
  return [
    findingAt(rule, isGiven ? [...path, 'maxEjectionPercent'] : path, {
      code: 'OUTLIER_NEVER_EJECTED',
      severity: 'warning',
      sentence: `${nameOf(rule)} lets ${percent} % of the endpoints be ejected${isGiven ? '' : ', which is the default'}, and there ${endpoints === 1 ? 'is 1' : `are ${endpoints}`}: that is less than one, so none ever is`,
      hint: `maxEjectionPercent must be at least ${Math.ceil(100 / endpoints)} for one of ${endpoints}${endpoints === 1 ? ', and then nobody is left: add replicas' : ''}.`,
    }),
  ];
}

/** At the most; undefined where the manifests do not tell. */
function endpointsOf(set: ManifestSet, rule: ManifestObject, labels: Place['labels']): number | undefined {
  const host = asRecord(rule.value.spec)?.host;
  const full = typeof host === 'string' ? fullHost(host, rule.namespace) : '';
  const service = serviceOfHost(full, '');
  const wanted = requiredLabels(set, full, {});
  // without a Service of this set, or with one whose endpoints somebody else writes, any number may be behind it
  if (service === undefined || Object.keys(wanted).length === 0) return undefined;
  const isMeant = (one: PodTemplate): boolean => isSameNamespace(one.namespace, service.namespace);
  // pods that somebody else applies answer for the Service, too, and what becomes of them is not known here
  const { others = NOBODY } = set;
  const labelled = { ...wanted, ...labels };
  if (podsWith({ objects: others }, labelled).some((one) => isMeant(one) && isForeign(set, one.owner)))
    return undefined;
  const owners = new Set(
    podsWith(set, labelled)
      .filter((one) => one.namespace === service.namespace)
      .map(({ owner }) => owner),
  );
  const counts = [...owners].map((owner) => mostReplicas(set, owner));
  if (counts.length === 0 || counts.includes(undefined)) return undefined;
  const sum = counts.reduce<number>((total, count) => total + (count ?? 0), 0);
  return sum === 0 ? undefined : sum;
}

function mostReplicas(set: ManifestSet, owner: ManifestObject): number | undefined {
  if (!['Deployment', 'StatefulSet', 'Rollout'].includes(owner.kind)) return undefined;
  const scalersIn = (objects: readonly ManifestObject[]): readonly ManifestObject[] =>
    (byScaled(objects).get(owner.name) ?? []).filter(({ kind }) => kind !== owner.kind);
  const isForeignScaler = (one: ManifestObject): boolean =>
    isSameNamespace(one.namespace, owner.namespace) && isForeign(set, one);
  if (scalersIn(set.others ?? NOBODY).some(isForeignScaler)) return undefined;
  const scalers = scalersIn(set.objects).filter((one) => one.namespace === owner.namespace);
  const written = asRecord(owner.value.spec)?.replicas;
  const replicas = written === undefined ? 1 : written;
  const most = scalers.length === 0 ? replicas : asRecord(scalers[0]?.value.spec)?.maxReplicas;
  if (scalers.length > 1 || typeof most !== 'number') return undefined;
  // stable and canary side by side
  return owner.kind === 'Rollout' ? 2 * most : most;
}

/** What scales something, by the name of that. */
const byScaled = groupedBy(({ value }: ManifestObject) => {
  const name = asRecord(asRecord(value.spec)?.scaleTargetRef)?.name;
  return typeof name === 'string' ? [name] : [];
});

/** Of others, and none of this set's own objects, which are among them, nor what else goes by their names. */
function isForeign({ objects }: ManifestSet, { group, kind, name, namespace }: ManifestObject): boolean {
  return !named(objects, kind, name).some((own) => own.group === group && isSameNamespace(own.namespace, namespace));
}

/** An object that names none may be in any. */
function isSameNamespace(one: string, other: string): boolean {
  return one === other || one === '' || other === '';
}
