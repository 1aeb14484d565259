/** What a proposal asks of a rendered unit, read once. Pure. */
import { valueAt } from '../documents/json-pointer.ts';
import { asList, asRecord, isNamedByCluster, type ManifestObject } from '../lint/manifest-set.ts';
import type { RenderedUnit, RenderUnit } from '../units/unit-model.ts';

export interface UnitFacts {
  readonly unit: RenderUnit;
  /** Of one identity only the last, as it is applied; without Applications. */
  readonly objects: readonly ManifestObject[];
  /** How many objects of an identity that was there already were left out. */
  readonly twins: readonly ManifestObject[];
  readonly workloads: readonly Workload[];
  /** Objects of the repository's other units. */
  readonly others: readonly ManifestObject[];
}

/** Something with a pod template. */
export interface Workload {
  readonly object: ManifestObject;
  readonly containers: readonly Container[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface Container {
  readonly value: Readonly<Record<string, unknown>>;
  /** JSON pointer in the object. */
  readonly pointer: string;
  /** As the run has it: a digest says no version, and a placeholder no image. */
  readonly image: string;
}

export const POD_SPEC = '/spec/template/spec';
const WORKLOADS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Rollout']);

export function readFacts(rendered: RenderedUnit, others: readonly ManifestObject[]): UnitFacts {
  const own = rendered.objects.filter(
    ({ kind, group }) => !(group === 'argoproj.io' && /^Application(Set)?$/.test(kind)),
  );
  const last = new Map(own.map((object) => [identity(object), object]));
  const objects = [...last.values()];
  return {
    unit: rendered.unit,
    objects,
    twins: own.filter((object) => !objects.includes(object) && !isNamedByCluster(object)),
    workloads: objects.filter(({ kind }) => WORKLOADS.has(kind)).flatMap(workloadOf),
    others: others.filter((object) => !own.includes(object)),
  };
}

function identity({ group, kind, namespace, name }: ManifestObject): string {
  return `${group}/${kind} ${namespace}/${name}`;
}

/** One, or none without a container. */
export function workloadOf(object: ManifestObject): Workload[] {
  const pointer = `${POD_SPEC}/containers`;
  const containers = asList(valueAt(object.value, pointer)).flatMap((entry, index): Container[] => {
    const value = asRecord(entry);
    return value && typeof value.image === 'string'
      ? [{ value, pointer: `${pointer}/${index}`, image: usableImage(value.image, object.name) }]
      : [];
  });
  if (containers.length === 0) return [];
  const labels = Object.entries(asRecord(valueAt(object.value, '/spec/template/metadata/labels')) ?? {});
  return [{ object, containers, labels: Object.fromEntries(labels.map(([key, value]) => [key, String(value)])) }];
}

export function ofKind(facts: Pick<UnitFacts, 'objects'>, kind: string, group: string): readonly ManifestObject[] {
  return facts.objects.filter((object) => object.kind === kind && object.group === group);
}

/** Workloads whose pods a selector selects; an empty selector selects none. */
export function selectedBy(
  workloads: readonly Workload[],
  selector: Readonly<Record<string, unknown>>,
  namespace: string,
): readonly Workload[] {
  const wanted = Object.entries(selector);
  if (wanted.length === 0) return [];
  return workloads.filter(
    ({ object, labels }) =>
      object.namespace === namespace && wanted.every(([key, value]) => labels[key] === String(value)),
  );
}

const IMAGE_NAME = /^[a-z0-9](?:[a-z0-9._\-/]|:\d+\/)*$/;
const IMAGE_TAG = /^\w[\w.-]{0,127}$/;

/** The image itself where a runtime could ask for it and its tag names a version. */
function usableImage(image: string, workload: string): string {
  const { name, tag } = imageParts(image);
  const isTag = tag === undefined || IMAGE_TAG.test(tag);
  if (IMAGE_NAME.test(name) && isTag) return image.includes('@') ? `${name}:${tag ?? 'stable'}` : image;
  const own = IMAGE_NAME.test(name)
    ? name
    : `images.example.com/${workload.toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-')}`;
  return `${own}:${isTag && tag !== undefined ? tag : 'stable'}`;
}

/** Name and tag of an image; a digest is no tag. */
export function imageParts(image: string): { readonly name: string; readonly tag: string | undefined } {
  const plain = image.replace(/@.*$/, '');
  const [, name = plain, tag] = /^(.*?)(?::([^:/]+))?$/.exec(plain) ?? [];
  return { name, tag };
}
