/**
 * Folders of manifests that are one application in several: `folder apps/shop/**` is every plain folder at or below it.
 * Nobody but people applies folders, so what belongs together is theirs to say.
 */
import type { ManifestObject } from '../lint/manifest-set.ts';
import { nearestTo } from './nearest.ts';
import { inAgreedNamespace } from './render/agreed-namespace.ts';
import { isBelow } from './repository-path.ts';
import { foldersOf, type RenderedUnit } from './unit-model.ts';

const ALL_BELOW = '/**';

/** One for each folder with at least two plain folders at or below it; the deepest, which hold the least, first. */
export function mergedFolders(units: readonly RenderedUnit[]): readonly RenderedUnit[] {
  const folders = units.filter(({ unit }) => unit.kind === 'folder');
  const parents = new Set(folders.flatMap(({ unit }) => foldersOf(unit).flatMap(ancestors)));
  return [...parents]
    .toSorted((a, b) => depth(b) - depth(a) || (a < b ? -1 : 1))
    .flatMap((parent) => {
      const parts = folders.filter(({ unit }) =>
        foldersOf(unit).some((folder) => parent === '' || isBelow(parent, folder)),
      );
      return parts.length < 2 ? [] : [merged(parent, parts)];
    });
}

function depth(folder: string): number {
  return folder === '' ? 0 : folder.split('/').length;
}

function ancestors(folder: string): string[] {
  const parts = folder.split('/');
  return parts.map((_, index) => parts.slice(0, index).join('/')).concat(folder);
}

/** Of what variants in several folders declare, the one nearest to the Rollout; without a Rollout nobody says which is meant. */
function withoutFarTwins(objects: readonly ManifestObject[]): readonly ManifestObject[] {
  const rollout = objects.findLast(({ group, kind }) => group === 'argoproj.io' && kind === 'Rollout');
  if (!rollout) return objects;
  const twins = Map.groupBy(objects, ({ group, kind, namespace, name }) => `${group}/${kind} ${namespace}/${name}`);
  return [...twins.values()].flatMap((same) => nearestTo(rollout, same));
}

function merged(parent: string, parts: readonly RenderedUnit[]): RenderedUnit {
  const objects = withoutFarTwins(inAgreedNamespace(parts.flatMap((part) => part.objects)));
  const [agreed, second] = new Set(objects.map(({ namespace }) => namespace).filter(Boolean));
  const namespace = second === undefined ? (agreed ?? '') : '';
  return {
    unit: {
      name: `folder ${parent === '' ? '.' : parent}${ALL_BELOW}`,
      kind: 'folder',
      namespace,
      sources: parts.flatMap(({ unit }) => unit.sources),
      application: undefined,
    },
    objects,
    findings: parts.flatMap(({ findings }) => findings),
    files: new Set(parts.flatMap(({ files }) => [...files])),
    values: new Map(parts.flatMap(({ values }) => [...values])),
    isRenamed: parts.some(({ isRenamed }) => isRenamed),
  };
}
