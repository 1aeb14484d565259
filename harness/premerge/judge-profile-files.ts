/** The manifests of a profile's repository, judged as what its Application renders: what lies beside is not applied. */

import { type LintOptions, lintSet } from '../lint/lint-manifests.ts';
import type { Finding, ManifestFile } from '../lint/manifest-set.ts';
import { discoverUnits } from '../units/discover-units.ts';
import { withTreeOf } from '../units/files-as-tree.ts';
import { foldersOf, type RenderedUnit, type RenderPrograms } from '../units/unit-model.ts';
import { setOf } from './judge-repository.ts';

export interface ProfileFiles {
  readonly files: readonly ManifestFile[];
  /** The file of the Application, as the profile names it. */
  readonly application: string;
}

/**
 * Findings of the units that this file's Applications make, and of those that these bring in turn.
 * @throws HarnessError when a file cannot be written to the temporary folder
 */
export async function judgeProfileFiles(
  { files, application }: ProfileFiles,
  options: LintOptions,
  programs: RenderPrograms,
): Promise<readonly Finding[]> {
  return withTreeOf(files, async (tree) => {
    const { units, findings } = await discoverUnits(tree, programs);
    const others = units.flatMap(({ objects }) => objects);
    const meant = reachable(units, application);
    const namespaced = meant.map((one) => withDefaultNamespace(one, options.namespace ?? ''));
    return [...findings, ...namespaced.flatMap((one) => lintSet(setOf(one, others), options))];
  });
}

/** The units of that file, those of other Applications of the same folder, and those whose Application one renders. */
function reachable(units: readonly RenderedUnit[], application: string): readonly RenderedUnit[] {
  const named = units.filter(({ unit }) => unit.application?.path === application);
  const folders = new Set(named.flatMap(({ unit }) => foldersOf(unit)));
  const found = units.filter(
    (one) => named.includes(one) || (one.unit.application && foldersOf(one.unit).some((folder) => folders.has(folder))),
  );
  for (const one of found)
    for (const other of units) {
      const { application: declared } = other.unit;
      const isBrought =
        declared && one.objects.some((object) => object.kind === 'Application' && object.name === declared.name);
      if (isBrought && !found.includes(other)) found.push(other);
    }
  return found;
}

/** The home of the profile, where neither manifest nor Application names one. */
function withDefaultNamespace(one: RenderedUnit, namespace: string): RenderedUnit {
  const objects = one.objects.map((object) => (object.namespace === '' ? { ...object, namespace } : object));
  return { ...one, objects };
}
