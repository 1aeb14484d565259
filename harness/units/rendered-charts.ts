/**
 * What Git declares where Argo CD renders a chart: every file of the repository as it is, and what Helm makes of the
 * templates beside them, so that splits, claims and plans read objects and not templates. Argo CD renders for itself; this
 * is what the run holds it to.
 */
import type { Finding, ManifestFile, ManifestObject } from '../lint/manifest-set.ts';
import { isApplication, unitOfApplication } from './application-units.ts';
import { withTreeOf } from './files-as-tree.ts';
import { createParsedFiles } from './parsed-files.ts';
import { renderUnit } from './render/render-unit.ts';
import { baseNameOf, isBelow } from './repository-path.ts';
import type { RenderedUnit, RenderPrograms } from './unit-model.ts';

export interface RenderedCharts {
  /** In their order. A file of a chart has the objects that it renders to, and none where nothing renders. */
  readonly files: readonly ManifestFile[];
  /** Errors of rendering; empty where no Application renders a chart. */
  readonly problems: readonly Finding[];
}

/** @param application path of the file with the Applications; other sources than charts are left as they are */
export async function renderedCharts(
  files: readonly ManifestFile[],
  application: string,
  programs: RenderPrograms,
): Promise<RenderedCharts> {
  // most profiles are plain manifests, and need no folder and no program
  if (!files.some(({ path }) => baseNameOf(path) === 'Chart.yaml')) return { files, problems: [] };
  return withTreeOf(files, async (tree) => {
    const parsed = createParsedFiles(tree);
    const declared = ((await parsed.get(application))?.objects ?? []).filter(isApplication);
    const units = declared
      .map((object) => unitOfApplication(tree, object))
      .filter(({ sources }) => sources.some(({ kind }) => kind === 'helm'));
    const rendered: RenderedUnit[] = [];
    for (const unit of units) rendered.push(await renderUnit(parsed, unit, programs));
    const objects = Map.groupBy(
      rendered.flatMap((one) => one.objects),
      ({ path }: ManifestObject) => path,
    );
    const charts = units.flatMap(({ sources }) => sources.flatMap((one) => (one.kind === 'helm' ? [one.path] : [])));
    return {
      files: files.map((file) =>
        file.path !== application && charts.some((folder) => isBelow(folder, file.path))
          ? { ...file, objects: objects.get(file.path) ?? [] }
          : file,
      ),
      problems: rendered.flatMap(({ findings }) => findings).filter(({ severity }) => severity === 'error'),
    };
  });
}
