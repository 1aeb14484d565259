/** Subsets that DestinationRules define, and the pod templates that they select. */
import type { SourcePosition } from '../../documents/yaml-source.ts';
import {
  asLabels,
  asList,
  asRecord,
  destinationRules,
  type ManifestObject,
  type ManifestSet,
  services,
} from '../manifest-set.ts';
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

export function subsetsOf(set: ManifestSet): readonly Subset[] {
  return destinationRules(set).flatMap((rule) => {
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
  });
}

export function subsetsOfHost(subsets: readonly Subset[], host: string): readonly Subset[] {
  return subsets.filter((subset) => coversHost(subset.host, host));
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

/** By the objects of a set: those of all other units are asked for once for each subset. */
const known = new WeakMap<ManifestSet['objects'], readonly PodTemplate[]>();

export function podTemplates(set: Pick<ManifestSet, 'objects'>): readonly PodTemplate[] {
  const found = known.get(set.objects) ?? readPodTemplates(set);
  known.set(set.objects, found);
  return found;
}

function readPodTemplates(set: Pick<ManifestSet, 'objects'>): readonly PodTemplate[] {
  return set.objects.flatMap((owner): PodTemplate[] => {
    const { namespace, value } = owner;
    if (owner.kind === 'Pod') return [{ owner, namespace, labels: asLabels(asRecord(value.metadata)?.labels) }];
    const spec = asRecord(value.spec);
    const template = WORKLOADS.has(owner.kind) ? (asRecord(spec?.template) ?? referredTemplate(set, owner)) : undefined;
    if (!template) return [];
    const labels = asLabels(asRecord(template.metadata)?.labels);
    return [labels, ...labelsOfArms(spec, labels)].map((one) => ({ owner, namespace, labels: one }));
  });
}

/** Of a Rollout that runs the pods of another object (`workloadRef`); undefined where the set does not hold it. */
function referredTemplate(
  { objects }: Pick<ManifestSet, 'objects'>,
  { namespace, value }: ManifestObject,
): Readonly<Record<string, unknown>> | undefined {
  const reference = asRecord(asRecord(value.spec)?.workloadRef);
  if (!reference) return undefined;
  const found = objects.find(
    (one) => one.kind === reference.kind && one.name === reference.name && one.namespace === namespace,
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
  const service = services(set).find(
    ({ name, namespace }) => name === target?.service && namespace === target.namespace,
  );
  return { ...asLabels(asRecord(service?.value.spec)?.selector), ...labels };
}

export function selects(labels: Readonly<Record<string, string>>, template: PodTemplate): boolean {
  return Object.entries(labels).every(([key, value]) => template.labels[key] === value);
}
