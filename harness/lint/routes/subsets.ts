/** Subsets that DestinationRules define, and the pod templates that they select. */
import type { SourcePosition } from '../../documents/yaml-source.ts';
import {
  asLabels,
  asList,
  asRecord,
  destinationRules,
  type ManifestObject,
  type ManifestSet,
  named,
  servicesIn,
  servicesNamed,
} from '../manifest-set.ts';
import { groupedBy, oncePerList } from '../once-per-list.ts';
import { coversHost, fullHost, serviceOfHost } from './service-hosts.ts';

export interface Subset {
  readonly rule: ManifestObject;
  readonly name: string;
  /** Full host name, or a wildcard. */
  readonly host: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Found by parsing the file again: only for what is said. */
  positionOf(): SourcePosition;
}

export function subsetsOf(set: Pick<ManifestSet, 'objects'>): readonly Subset[] {
  return subsetsIn(set.objects);
}

const subsetsIn = oncePerList((objects: readonly ManifestObject[]) =>
  destinationRules({ objects }).flatMap((rule): readonly Subset[] => {
    const spec = asRecord(rule.value.spec);
    const host = typeof spec?.host === 'string' ? fullHost(spec.host, rule.namespace) : '';
    return asList(spec?.subsets).map((entry, index): Subset => {
      const subset = asRecord(entry);
      return {
        rule,
        name: typeof subset?.name === 'string' ? subset.name : '',
        host,
        labels: asLabels(subset?.labels),
        positionOf: () => rule.positionOf(['spec', 'subsets', index]),
      };
    });
  }),
);

const byRule = oncePerList((subsets: readonly Subset[]) => Map.groupBy(subsets, ({ rule }) => rule));
/** Wildcards under one key of their own. */
const byHost = groupedBy(({ host }: Subset) => [host.startsWith('*') ? '*' : host]);

export function subsetsOfRule(set: Pick<ManifestSet, 'objects'>, rule: ManifestObject): readonly Subset[] {
  return byRule(subsetsOf(set)).get(rule) ?? [];
}

export function subsetsOfHost(subsets: readonly Subset[], host: string): readonly Subset[] {
  const exact = host.startsWith('*') ? [] : (byHost(subsets).get(host) ?? []);
  const wild = (byHost(subsets).get('*') ?? []).filter((subset) => coversHost(subset.host, host));
  if (wild.length === 0) return exact;
  const both = new Set([...exact, ...wild]);
  return subsets.filter((subset) => both.has(subset));
}

export interface PodTemplate {
  readonly owner: ManifestObject;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Labels by which pods are commonly known as those of a Service. */
export const NAME_LABELS: readonly string[] = ['app', 'app.kubernetes.io/name', 'k8s-app', 'name'];

const WORKLOADS = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Rollout',
  'Job',
]);

export function podTemplates(set: Pick<ManifestSet, 'objects'>): readonly PodTemplate[] {
  return templatesIn(set.objects);
}

const templatesIn = oncePerList((objects: readonly ManifestObject[]) =>
  objects.flatMap((owner): readonly PodTemplate[] => {
    const { namespace, value } = owner;
    if (owner.kind === 'Pod') return [{ owner, namespace, labels: asLabels(asRecord(value.metadata)?.labels) }];
    const spec = asRecord(value.spec);
    const template = WORKLOADS.has(owner.kind)
      ? (asRecord(spec?.template) ?? referredTemplate(objects, owner))
      : undefined;
    if (!template) return [];
    const labels = asLabels(asRecord(template.metadata)?.labels);
    return [labels, ...labelsOfArms(spec, labels)].map((one) => ({ owner, namespace, labels: one }));
  }),
);

const byLabel = groupedBy(({ labels }: PodTemplate) => Object.entries(labels).map(([key, value]) => `${key}=${value}`));

/** Pod templates that carry all of these labels; without any, all. */
export function podsWith(
  set: Pick<ManifestSet, 'objects'>,
  labels: Readonly<Record<string, string>>,
): readonly PodTemplate[] {
  const all = podTemplates(set);
  const groups = Object.entries(labels).map(([key, value]) => byLabel(all).get(`${key}=${value}`) ?? []);
  const fewest = groups.reduce((least, group) => (group.length < least.length ? group : least), all);
  return fewest.filter((template) => selects(labels, template));
}

/** Of a Rollout that runs the pods of another object (`workloadRef`); undefined where the set does not hold it. */
function referredTemplate(
  objects: readonly ManifestObject[],
  { namespace, value }: ManifestObject,
): Readonly<Record<string, unknown>> | undefined {
  const reference = asRecord(asRecord(value.spec)?.workloadRef);
  if (!reference) return undefined;
  const found = named(objects, String(reference.kind), String(reference.name)).find(
    (one) => one.namespace === namespace,
  );
  return asRecord(asRecord(found?.value.spec)?.template);
}

/** `stableMetadata` and `canaryMetadata` of a Rollout: pods carry these labels while they are stable or canary. */
function labelsOfArms(
  spec: Readonly<Record<string, unknown>> | undefined,
  labels: Readonly<Record<string, string>>,
): readonly Readonly<Record<string, string>>[] {
  const canary = asRecord(asRecord(spec?.strategy)?.canary);
  return ['stableMetadata', 'canaryMetadata'].flatMap((key) => {
    const own = asLabels(asRecord(canary?.[key])?.labels);
    return Object.keys(own).length === 0 ? [] : [{ ...labels, ...own }];
  });
}

/** Labels that a pod must have to answer for this host and subset: the Service's selector and the subset's labels. */
export function requiredLabels(
  set: ManifestSet,
  host: string,
  labels: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const target = serviceOfHost(host, '');
  const service = target && servicesNamed(set, target.service).find(({ namespace }) => namespace === target.namespace);
  return { ...asLabels(asRecord(service?.value.spec)?.selector), ...labels };
}

/** Services of a namespace whose selector takes in pods with these labels, in the order of the set. */
export function servicesSelecting(
  set: Pick<ManifestSet, 'objects'>,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): readonly ManifestObject[] {
  const selectorOf = ({ value }: ManifestObject) => asLabels(asRecord(value.spec)?.selector);
  const all = servicesIn(set, namespace);
  const place = placesIn(all);
  return ['', ...Object.entries(labels).map(([key, value]) => `${key}=${value}`)]
    .flatMap((label) => byFirstLabel(all).get(label) ?? [])
    .filter((service) => Object.entries(selectorOf(service)).every(([key, value]) => labels[key] === value))
    .toSorted((a, b) => place.get(a)! - place.get(b)!);
}

const placesIn = oncePerList(
  (objects: readonly ManifestObject[]) => new Map(objects.map((object, index) => [object, index])),
);

/** Under an empty text those that select everything. */
const byFirstLabel = groupedBy(({ value }: ManifestObject) => {
  const [first] = Object.entries(asLabels(asRecord(value.spec)?.selector));
  return [first === undefined ? '' : `${first[0]}=${first[1]}`];
});

export function selects(labels: Readonly<Record<string, string>>, template: PodTemplate): boolean {
  return Object.entries(labels).every(([key, value]) => template.labels[key] === value);
}
