/**
 * Helm on a chart of the repository, as an Application asks for it. Dependencies are not fetched: of a chart that needs some
 * which are not in its folder the rest is rendered.
 */

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { formatPosition, type SourcePosition } from '../../documents/yaml-source.ts';
import { parseYamlValues } from '../../documents/yaml-values.ts';
import { type Finding, type ManifestObject, objectsOf, syntaxFinding } from '../../lint/manifest-set.ts';
import { removeOwnTree } from '../../process/remove-own-tree.ts';
import { ProgramError, runProgram } from '../../process/run-program.ts';
import type { ParsedFiles } from '../parsed-files.ts';
import { refusalOf } from '../refusal.ts';
import { filesBelow, joined, resolveInside } from '../repository-path.ts';
import { type HelmSource, type RenderPrograms, type RenderUnit, UNFILLED } from '../unit-model.ts';
import { type AssembledChart, assembleChart } from './assemble-chart.ts';
import { missingDependencies, missingFinding } from './chart-dependencies.ts';
import { endlessValues, missingValueFiles, repeatedKeys, valuesOf } from './chart-values.ts';
import type { ChartRefusal } from './local-dependencies.ts';
import { type ChartValues, locateInTemplate } from './locate-in-template.ts';
import { OFFLINE } from './offline-programs.ts';
import { inNamespace, type Rendered } from './render-directory.ts';
import { templateText } from './template-text.ts';

/** Of the controllers that canaryproof knows: charts ask whether these are there. */
const API_VERSIONS = [
  'networking.istio.io/v1',
  'networking.istio.io/v1beta1',
  'networking.istio.io/v1alpha3',
  'security.istio.io/v1',
  'argoproj.io/v1alpha1',
  'monitoring.coreos.com/v1',
  'autoscaling/v2',
  'policy/v1',
];

/** @param values filled with the chart values behind places as these are asked for; see RenderedUnit */
export async function renderChart(
  files: ParsedFiles,
  source: HelmSource,
  unit: RenderUnit,
  programs: RenderPrograms,
  values: Map<string, string>,
): Promise<Rendered> {
  const { tree } = files;
  const early = [...missingValueFiles(files, source, unit), ...(await endlessValues(files, source, unit))];
  if (early.length > 0) return { objects: [], findings: early, files: filesBelow(tree.files, source.path) };
  const own = await mkdtemp(path.join(tmpdir(), 'canaryproof-helm-'));
  try {
    const missing = await missingDependencies(files, source.path);
    const chart = await assembleChart(files, source.path, own, undefined, missing?.names);
    const read = [...new Set(chart.parts.flatMap((part) => filesBelow(tree.files, part)))].sort();
    if (chart.refusals.length > 0)
      return { objects: [], findings: chart.refusals.map((one) => refusedChart(unit, one)), files: read };
    const twice = await repeatedKeys(files, source);
    const output = await template(files, source, unit, programs, { own, folder: chart.folder }).catch(
      (error: unknown) => {
        if (!(error instanceof ProgramError)) throw error;
        const isInline = error.stderr.includes(path.join(own, INLINE_VALUES));
        const chartFile = joined(source.path, 'Chart.yaml');
        const place = isInline ? 'helm' : tree.has(chartFile) ? undefined : 'path';
        const written = place && unit.application?.positionOf([...source.place, place]);
        const where = written ? formatPosition(written) : `${chartFile}:1:1`;
        if (isInline && source.values?.includes('{{')) return unfilled(unit, where);
        // a chart that no Application renders may want values that only its user knows
        const severity = unit.application ? 'error' : 'warning';
        const refusal = refusalOf(error, { unit: unit.name, program: 'Helm', where, root: tree.root, own, severity });
        // what it includes may be in a chart that is not here
        return missing ? missingFinding(unit.name, missing, refusal) : refusal;
      },
    );
    if (typeof output !== 'string') return { objects: [], findings: [output, ...twice], files: read };
    const chartValues = await valuesOf(files, source);
    const { objects, findings } = await objectsIn(files, output, chart, unit.namespace, chartValues, values);
    const valueFiles = source.valueFiles.flatMap((file) => (file.path === undefined ? [] : [file.path]));
    const partly = missing ? [missingFinding(unit.name, missing, objects.length > 0 ? 'rendered' : undefined)] : [];
    return {
      objects,
      findings: [...partly, ...twice, ...findings],
      files: [...read, ...valueFiles],
      isPartial: missing !== undefined,
    };
  } finally {
    await removeOwnTree(own);
  }
}

/** In the words of Helm it has no place in the repository. */
const INLINE_VALUES = 'inline-values.yaml';

/** Such an Application is applied after something has filled it in. */
function unfilled(unit: RenderUnit, where: string): Finding {
  return {
    code: UNFILLED,
    layer: 'manifest',
    severity: 'info',
    sentence: `${unit.name} is not judged: its values hold marks of a template that something else fills in`,
    where,
  };
}

/** A warning: such a chart is a mistake or an attack, and nobody looked at what it would deliver. */
function refusedChart(unit: RenderUnit, { why, where }: ChartRefusal): Finding {
  return {
    code: 'UNIT_NOT_JUDGED',
    layer: 'manifest',
    severity: 'warning',
    sentence: `${unit.name} is not judged: ${why}`,
    where,
  };
}

/** @param own a folder of ours, for everything that Helm writes */
async function template(
  { tree }: ParsedFiles,
  source: HelmSource,
  unit: RenderUnit,
  programs: RenderPrograms,
  { own, folder }: { readonly own: string; readonly folder: string },
): Promise<string> {
  const helm = await programs.helm();
  const valuesFile = path.join(own, INLINE_VALUES);
  if (source.values !== undefined) await writeFile(valuesFile, source.values);
  const given = source.valueFiles.flatMap(({ path: file }) =>
    file !== undefined && tree.has(file) ? ['--values', path.join(tree.root, file)] : [],
  );
  const { stdout } = await runProgram(
    [
      helm,
      'template',
      source.releaseName,
      folder,
      ...['--namespace', unit.namespace || 'default', '--skip-tests'],
      ...(source.skipCrds ? [] : ['--include-crds']),
      ...API_VERSIONS.flatMap((version) => ['--api-versions', version]),
      ...given,
      ...(source.values === undefined ? [] : ['--values', valuesFile]),
      ...source.parameters.flatMap(({ name, value, forceString }) => [
        forceString ? '--set-string' : '--set',
        `${name}=${value}`,
      ]),
    ],
    {
      ...OFFLINE,
      env: { ...OFFLINE.env, HOME: own, HELM_CACHE_HOME: own, HELM_CONFIG_HOME: own, HELM_DATA_HOME: own },
    },
  );
  return stdout;
}

async function objectsIn(
  files: ParsedFiles,
  output: string,
  chart: AssembledChart,
  namespace: string,
  chartValues: readonly ChartValues[],
  values: Map<string, string>,
): Promise<{ readonly objects: readonly ManifestObject[]; readonly findings: readonly Finding[] }> {
  const objects: ManifestObject[] = [];
  const findings: Finding[] = [];
  const seen = new Map<string, number>();
  for (const part of output.split(/^---\s*$/m)) {
    // `chart/templates/routes.yaml`: the first segment is the name of the chart, not of its folder
    const name = /^# Source: [^/\n]+\/(.+)$/m.exec(part)?.[1] ?? 'Chart.yaml';
    // a template may write such a line itself, and name any file of the machine
    const file = resolveInside('', chart.placeOf(name)) ?? chart.placeOf('Chart.yaml');
    const text = await templateText(files, file);
    const { documents, problems } = parseYamlValues(file, part);
    // lines of the output are not those of the template, but its keys often stand in both
    for (const problem of problems) {
      const finding = syntaxFinding({ ...problem, position: placeOfKey(file, text, problem.key) });
      findings.push({ ...finding, sentence: `in what this template renders: ${finding.sentence}` });
    }
    for (const document of documents)
      for (const object of objectsOf(file, document, '')) {
        const key = `${file}\n${object.kind}`;
        const ordinal = seen.get(key) ?? 0;
        seen.set(key, ordinal + 1);
        const positionOf = locateInTemplate({ file, text, kind: object.kind, ordinal, chartValues, values });
        objects.push(inNamespace({ ...object, positionOf }, namespace));
      }
  }
  return { objects, findings };
}

/** Where a template writes a key for the last time; its first line where a loop or an included template does. */
function placeOfKey(file: string, text: string, key: string | undefined): SourcePosition {
  const lines = text.split('\n');
  const line =
    key === undefined ? -1 : lines.findLastIndex((one) => one.replace(/^\s*(?:- )?/, '').startsWith(`${key}:`));
  if (line < 0) return { path: file, line: 1, column: 1 };
  return { path: file, line: line + 1, column: lines[line]!.indexOf(key!) + 1 };
}
