/** Renders one unit; whatever goes wrong in it is a finding of it, and other units are not touched. */

import { formatPosition } from '../../documents/yaml-source.ts';
import { EXIT, HarnessError } from '../../errors/harness-error.ts';
import { type Finding, type ManifestObject, nameOf } from '../../lint/manifest-set.ts';
import { MISSING } from '../application-units.ts';
import type { ParsedFiles } from '../parsed-files.ts';
import { foldersOf, type RenderedUnit, type RenderPrograms, type RenderUnit, type UnitSource } from '../unit-model.ts';
import { inAgreedNamespace } from './agreed-namespace.ts';
import { renderChart } from './render-chart.ts';
import { type Rendered, renderDirectory, renderFiles } from './render-directory.ts';
import { renderKustomization } from './render-kustomization.ts';

/** @param only files of a plain folder that are manifests; undefined: as Argo CD reads it */
export async function renderUnit(
  files: ParsedFiles,
  unit: RenderUnit,
  programs: RenderPrograms,
  only?: readonly string[],
): Promise<RenderedUnit> {
  const parts: Rendered[] = [];
  // filled when places are asked for
  const values = new Map<string, string>();
  for (const source of unit.sources)
    parts.push(
      only
        ? await renderFiles(files, only, unit.namespace)
        : await renderSource(files, source, unit, programs, values).catch((error: unknown) =>
            programMissing(unit, error),
          ),
    );
  const objects = parts.flatMap((part) => part.objects);
  return {
    unit,
    objects: unit.application === undefined ? inAgreedNamespace(objects) : objects,
    findings: parts.flatMap((part) => part.findings),
    files: new Set(parts.flatMap((part) => part.files)),
    values,
    isRenamed: parts.some((part) => part.isRenamed === true),
    ...(parts.some((part) => part.isPartial) ? { isPartial: true } : {}),
    ...(parts.some((part) => part.isChangedElsewhere) ? { isChangedElsewhere: true } : {}),
  };
}

async function renderSource(
  files: ParsedFiles,
  source: UnitSource,
  unit: RenderUnit,
  programs: RenderPrograms,
  values: Map<string, string>,
): Promise<Rendered> {
  switch (source.kind) {
    case 'directory':
      return renderDirectory(files, source, unit.namespace);
    case 'kustomize':
      return renderKustomization(files, source, unit, programs);
    case 'helm':
      return renderChart(files, source, unit, programs, values);
    case 'not-judged':
      return { objects: [], findings: [notJudged(unit, source.why, source.place)], files: [] };
  }
}

/** A program that cannot be had or run stops this unit and no other; without it nothing was judged, which is no pass. */
function programMissing(unit: RenderUnit, error: unknown): Rendered {
  if (!(error instanceof HarnessError) || error.exitCode !== EXIT.environment) throw error;
  const finding: Finding = {
    code: 'UNIT_NOT_JUDGED',
    layer: 'manifest',
    severity: 'error',
    sentence: `${unit.name} is not judged: ${error.message.split('\n')[0]}`,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    where: unit.application ? formatPosition(unit.application.positionOf([])) : (foldersOf(unit)[0] ?? ''),
  };
  return { objects: [], findings: [finding], files: [] };
}

function notJudged(unit: RenderUnit, why: string, place: readonly (string | number)[]): Finding {
  const where = unit.application ? { where: formatPosition(unit.application.positionOf(place)) } : {};
  if (why === MISSING)
    return {
      code: 'APPLICATION_PATH_MISSING',
      layer: 'manifest',
      severity: 'error',
      sentence: `${unit.name} ${why}`,
      hint: 'Argo CD cannot render it: spec.source.path is relative to the root of the repository.',
      ...where,
    };
  return {
    code: 'UNIT_NOT_JUDGED',
    layer: 'manifest',
    severity: 'info',
    sentence: `${unit.name} is not judged: it ${why}`,
    ...where,
  };
}

export function isSameObject(a: ManifestObject, b: ManifestObject): boolean {
  return a.group === b.group && nameOf(a) === nameOf(b);
}
