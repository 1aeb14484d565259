/**
 * Files of one folder that declare one workload, route or template differently: people apply one of them, and every other
 * file that declares nothing differently beside it. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ManifestObject } from '../lint/manifest-set.ts';
import { baseNameOf } from './repository-path.ts';
import { foldersOf, type RenderedUnit } from './unit-model.ts';

/** What a file is a variant of, and not what everything stands on (Namespace, ServiceAccount, roles, settings). */
const GROUPS = new Set([
  'apps',
  'batch',
  'autoscaling',
  'argoproj.io',
  'flagger.app',
  'install.istio.io',
  'keda.sh',
  'networking.istio.io',
  'security.istio.io',
  'networking.k8s.io',
  'gateway.networking.k8s.io',
]);
const CORE_KINDS = new Set(['Service', 'Pod', 'ReplicationController']);

/** By file, the files that declare an object of it differently; files without any are left out. */
export type Variants = ReadonlyMap<string, ReadonlySet<string>>;

export function variantsOf(objects: readonly ManifestObject[]): Variants {
  const found = new Map<string, Set<string>>();
  for (const same of Map.groupBy(objects.filter(makesVariants), identityOf).values()) {
    // files by what they say
    const said: { readonly value: ManifestObject['value']; readonly files: Set<string> }[] = [];
    for (const { value, path } of same) {
      const equal = said.find((one) => isDeepStrictEqual(one.value, value));
      if (equal) equal.files.add(path);
      else said.push({ value, files: new Set([path]) });
    }
    for (const one of said)
      for (const other of said)
        if (one !== other)
          for (const file of one.files)
            for (const variant of other.files)
              if (file !== variant) found.set(file, (found.get(file) ?? new Set()).add(variant));
  }
  return found;
}

function makesVariants({ group, kind }: ManifestObject): boolean {
  return group === '' ? CORE_KINDS.has(kind) : GROUPS.has(group);
}

/** These files, and as many others as can be applied with them. */
export function worldOf(members: readonly string[], files: readonly string[], variants: Variants): readonly string[] {
  const world = new Set(members);
  for (const file of files) {
    const isApart = [...(variants.get(file) ?? [])].some((variant) => world.has(variant));
    if (!isApart) world.add(file);
  }
  return [...world];
}

/** @param members files whose own objects come before equal ones of other files */
export function objectsOfWorld(
  all: readonly ManifestObject[],
  members: ReadonlySet<string>,
  world: ReadonlySet<string>,
): readonly ManifestObject[] {
  const inWorld = all.filter(({ path }) => world.has(path));
  const holders = new Map<string, string>();
  for (const isMember of [true, false])
    for (const object of inWorld) {
      const identity = identityOf(object);
      if (members.has(object.path) === isMember && !holders.has(identity)) holders.set(identity, object.path);
    }
  return inWorld.filter((object) => holders.get(identityOf(object)) === object.path);
}

function identityOf({ group, kind, namespace, name }: ManifestObject): string {
  return [group, kind, namespace, name].join('\n');
}

/** What a variant is told by: with one of them in several files nobody knows which is meant. Pods only where routes agree. */
const TOLD_BY = [/^(Rollout|VirtualService)$/, /^(Deployment|StatefulSet)$/];
/** A folder of more is a collection, and no application. */
const MOST_VARIANTS = 32;

/** `folder k8s with canary.yaml` for each file that is a variant, with what can be applied beside it; none where files agree. */
export function variantUnits(whole: RenderedUnit): readonly RenderedUnit[] {
  if (whole.unit.kind !== 'folder' || foldersOf(whole.unit).length !== 1) return [];
  const told = TOLD_BY.map((kinds) => variantsOf(whole.objects.filter(({ kind }) => kinds.test(kind)))).find(
    ({ size }) => size > 0,
  );
  if (!told || told.size > MOST_VARIANTS) return [];
  const variants = variantsOf(whole.objects);
  const files = [...new Set(whole.objects.map(({ path }) => path))];
  return [...told.keys()].toSorted(byStem).map((file): RenderedUnit => {
    const world = new Set(worldOf([file], files, variants));
    return {
      ...whole,
      unit: { ...whole.unit, name: `${whole.unit.name} with ${baseNameOf(file)}` },
      objects: objectsOfWorld(whole.objects, new Set([file]), world),
      files: world,
    };
  });
}

/** `rollout.yaml` before `rollout-update.yaml`: what is plainly called is what the others vary. */
function byStem(a: string, b: string): number {
  const [one, other] = [a, b].map((file) => file.replace(/\.[^./]*$/, ''));
  return one! < other! ? -1 : one! > other! ? 1 : 0;
}
