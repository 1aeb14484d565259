/**
 * Files of one folder that declare one workload, route or template differently are variants of each other: people apply one
 * of them. Each is judged in a world of its own: with everything beside it but its variants, and what it refers to is then
 * what it holds itself. A Namespace or an equal copy in two files makes no variants: those are applied together.
 */
import { lintSet } from '../lint/lint-manifests.ts';
import type { Finding, ManifestSet } from '../lint/manifest-set.ts';
import { objectsOfWorld, type Variants, variantsOf, worldOf } from '../units/file-variants.ts';

/** A folder of hundreds of variants would be judged whole hundreds of times. */
const MOST_WORLDS = 32;

/** All rules over a folder that nobody applies whole. */
export function lintFolder(set: ManifestSet): readonly Finding[] {
  const variants = variantsOf(set.objects);
  const whole = lintSet(set, { severityOfTwins: 'warning', alternatives: variants });
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

/** @param members files whose findings are wanted */
function lintWorld(set: ManifestSet, members: ReadonlySet<string>, world: readonly string[]): readonly Finding[] {
  const files = new Set(world);
  const objects = objectsOfWorld(set.objects, members, files);
  const worldSet = { ...set, objects, syntaxFindings: [], others: set.others ?? set.objects };
  return lintSet(worldSet, { severityOfTwins: 'warning' }).filter(
    (finding) => finding.code !== 'OBJECT_DUPLICATE' && members.has(fileOf(finding)) && files.has(fileOf(finding)),
  );
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

function fileOf({ where = '' }: Finding): string {
  return where.replace(/:\d+:\d+$/, '');
}
