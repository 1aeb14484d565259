/**
 * Files of one folder that declare one workload, route or template differently are variants of each other: people apply one
 * of them. Each is judged in a world of its own: with everything beside it but its variants, and what it refers to is then
 * what it holds itself. A Namespace or an equal copy in two files makes no variants: those are applied together.
 */
import { isDeepStrictEqual } from 'node:util';
import { lintSet } from '../lint/lint-manifests.ts';
import type { Finding, ManifestObject, ManifestSet } from '../lint/manifest-set.ts';

/** A folder of hundreds of variants would be judged whole hundreds of times. */
const MOST_WORLDS = 32;

/** What a file is a variant of, and not what everything stands on (Namespace, ServiceAccount, roles, settings). */
const GROUPS = new Set([
  'apps',
  'batch',
  'autoscaling',
  'argoproj.io',
  'flagger.app',
  'keda.sh',
  'networking.istio.io',
  'security.istio.io',
  'networking.k8s.io',
  'gateway.networking.k8s.io',
]);
const CORE_KINDS = new Set(['Service', 'Pod', 'ReplicationController']);

type Variants = ReadonlyMap<string, ReadonlySet<string>>;

/** All rules over a folder that nobody applies whole. */
export function lintFolder(set: ManifestSet): readonly Finding[] {
  const whole = lintSet(set, { severityOfTwins: 'warning' });
  const variants = variantsOf(set.objects);
  if (variants.size === 0) return whole;
  const files = [...new Set(set.objects.map(({ path }) => path))];
  const kept = whole.filter((finding) => finding.code === 'OBJECT_DUPLICATE' || !variants.has(fileOf(finding)));
  const classes = classesOf(variants);
  const own = classes.flatMap((members, index) => {
    const isWhole = index < MOST_WORLDS;
    // each file that nobody can be judged with stands for itself
    const worlds = isWhole ? [worldOf(members, files, variants)] : members.map((file) => [file]);
    return worlds.flatMap((world) => lintWorld(set, new Set(members), world));
  });
  const syntax = set.syntaxFindings.filter((finding) => variants.has(fileOf(finding)));
  return [...kept, ...own, ...syntax, ...aloneFindings(classes.slice(MOST_WORLDS).flat())];
}

/** @param members files whose findings are wanted, and whose own objects come before equal ones of other files */
function lintWorld(set: ManifestSet, members: ReadonlySet<string>, world: readonly string[]): readonly Finding[] {
  const files = new Set(world);
  const inWorld = set.objects.filter(({ path }) => files.has(path));
  const holders = new Map<string, string>();
  for (const isMember of [true, false])
    for (const object of inWorld) {
      const identity = identityOf(object);
      if (members.has(object.path) === isMember && !holders.has(identity)) holders.set(identity, object.path);
    }
  const objects = inWorld.filter((object) => holders.get(identityOf(object)) === object.path);
  return lintSet({ ...set, objects, syntaxFindings: [], others: set.others ?? set.objects }).filter(
    (finding) => finding.code !== 'OBJECT_DUPLICATE' && members.has(fileOf(finding)) && files.has(fileOf(finding)),
  );
}

/** By file, the files that declare an object of it differently; files without any are left out. */
function variantsOf(objects: readonly ManifestObject[]): Variants {
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

/** Files of one class are no variants of each other, and are judged at once. */
function classesOf(variants: Variants): readonly (readonly string[])[] {
  const classes: string[][] = [];
  for (const [file, own] of variants) {
    const free = classes.find((members) => !members.some((member) => own.has(member)));
    if (free) free.push(file);
    else classes.push([file]);
  }
  return classes;
}

/** These files, and as many others as can be applied with them. */
function worldOf(members: readonly string[], files: readonly string[], variants: Variants): readonly string[] {
  const world = new Set(members);
  for (const file of files) {
    const isApart = [...(variants.get(file) ?? [])].some((variant) => world.has(variant));
    if (!isApart) world.add(file);
  }
  return [...world];
}

/** VARIANTS_JUDGED_ALONE: what is left out is said. */
function aloneFindings([first, ...more]: readonly string[]): readonly Finding[] {
  if (first === undefined) return [];
  const which = more.length === 0 ? 'this file is' : `this file and ${more.length} more are`;
  return [
    {
      code: 'VARIANTS_JUDGED_ALONE',
      layer: 'manifest',
      severity: 'info',
      sentence: `${which} judged without the other files of the folder, because ${MOST_WORLDS} files before declare the same objects differently`,
      where: `${first}:1:1`,
    },
  ];
}

function identityOf({ group, kind, namespace, name }: ManifestObject): string {
  return [group, kind, namespace, name].join('\n');
}

function fileOf({ where = '' }: Finding): string {
  return where.replace(/:\d+:\d+$/, '');
}
