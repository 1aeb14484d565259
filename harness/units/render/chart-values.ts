/** The values files of a chart: which are missing, what they hold, and what of it is lost. */
import { formatPosition } from '../../documents/yaml-source.ts';
import type { Finding } from '../../lint/manifest-set.ts';
import { endlessTexts, type ParsedFiles } from '../parsed-files.ts';
import { joined } from '../repository-path.ts';
import type { HelmSource, RenderUnit } from '../unit-model.ts';
import type { ChartValues } from './locate-in-template.ts';

/** Values that Helm would unfold without an end, and files that it would wait for. */
export async function endlessValues(
  files: ParsedFiles,
  source: HelmSource,
  unit: RenderUnit,
): Promise<readonly Finding[]> {
  const names = [joined(source.path, 'Chart.yaml'), ...valueFileNames(source)];
  const parsed = await Promise.all(names.map((name) => files.get(name)));
  const special = names.filter((name) => files.tree.refused.get(name)?.code === 'FILE_NOT_REGULAR');
  return [
    ...endlessTexts(parsed),
    ...special.map(
      (name): Finding => ({
        ...{ code: 'UNIT_NOT_RENDERED', layer: 'manifest', severity: 'error', where: name },
        sentence: `${unit.name} does not render: it reads ${name}, which is a pipe, socket or device`,
        hint: 'Helm would wait for it without an end. Put a file in its place.',
      }),
    ),
  ];
}

/** A value that stands twice is one that is lost: Helm takes the last one and says nothing. */
export async function repeatedKeys(files: ParsedFiles, source: HelmSource): Promise<readonly Finding[]> {
  const parsed = await Promise.all(valueFileNames(source).map((name) => files.get(name)));
  return parsed.flatMap((file) => file?.syntaxFindings.filter(({ code }) => code === 'MANIFEST_KEY_TWICE') ?? []);
}

/** The chart's own and those that it is given, in the order in which they win over each other. */
function valueFileNames(source: HelmSource): readonly string[] {
  return [joined(source.path, 'values.yaml'), ...source.valueFiles.flatMap((file) => file.path ?? [])];
}

export function missingValueFiles({ tree }: ParsedFiles, source: HelmSource, unit: RenderUnit): readonly Finding[] {
  return source.valueFiles.flatMap(({ written, path: file, place }): Finding[] => {
    const where = unit.application ? { where: formatPosition(unit.application.positionOf(place)) } : {};
    if (file === undefined)
      return [
        {
          code: 'UNIT_NOT_JUDGED',
          layer: 'manifest',
          severity: 'info',
          sentence: `${unit.name} is not judged: its value file ${written} is not in this repository`,
          ...where,
        },
      ];
    if (source.ignoreMissingValueFiles || tree.has(file)) return [];
    return [
      {
        code: 'VALUE_FILE_MISSING',
        layer: 'manifest',
        severity: 'error',
        sentence: `${unit.name} renders with the value file ${written}, which does not exist (${file})`,
        hint: 'Argo CD cannot render the Application. Add the file, or set helm.ignoreMissingValueFiles: true.',
        ...where,
      },
    ];
  });
}

/** The chart's own values and those of its files, the last one first. */
export async function valuesOf(files: ParsedFiles, source: HelmSource): Promise<readonly ChartValues[]> {
  const parsed = await Promise.all(valueFileNames(source).map((name) => files.get(name)));
  return parsed
    .flatMap((file) => (file?.documents[0] ? [{ file: file.path, document: file.documents[0] }] : []))
    .reverse();
}
