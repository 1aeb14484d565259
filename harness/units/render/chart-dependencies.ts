/** Dependencies of a chart that come from elsewhere: which of them are not here, and a chart without them. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isMap, isSeq, parseDocument } from 'yaml';
import { formatPosition } from '../../documents/yaml-source.ts';
import { asList, asRecord, type Finding } from '../../lint/manifest-set.ts';
import type { ParsedFiles } from '../parsed-files.ts';
import { joined } from '../repository-path.ts';
import { IN_PART } from '../unit-model.ts';
import { vendoredCharts } from './local-dependencies.ts';

/** The second one is that of charts of `apiVersion: v1`. */
const FILES = ['Chart.yaml', 'requirements.yaml'];

interface MissingDependencies {
  readonly names: ReadonlySet<string>;
  /** Goes on after "is not judged: ". */
  readonly why: string;
  readonly where: string;
}

/** Undefined where nothing is missing. */
export async function missingDependencies(files: ParsedFiles, chart: string): Promise<MissingDependencies | undefined> {
  const vendored = await vendoredCharts(files, chart);
  const documents = await Promise.all(FILES.map(async (file) => (await files.get(joined(chart, file)))?.documents[0]));
  const missing = documents.flatMap((document) =>
    asList(asRecord(document?.value)?.dependencies).flatMap((entry) => {
      const { name, repository } = asRecord(entry) ?? {};
      const isBeside = typeof repository === 'string' && repository.startsWith('file://');
      return document && !isBeside && !vendored(String(name))
        ? [{ name: String(name), repository, position: document.positionOf(['dependencies']) }]
        : [];
    }),
  );
  const [first] = missing;
  if (!first) return undefined;
  const told = missing.map(({ name, repository }) => `${name}${repository ? ` of ${String(repository)}` : ''}`);
  return {
    names: new Set(missing.map(({ name }) => name)),
    why: `its chart depends on ${told.join(', ')}, which is not in its folder charts/`,
    where: formatPosition(first.position),
  };
}

/** @param rest what became of the chart without them: a finding is what Helm said, and undefined that nothing came of it */
export function missingFinding(
  unit: string,
  { why, where }: MissingDependencies,
  rest: 'rendered' | Finding | undefined,
): Finding {
  const isRendered = rest === 'rendered';
  const said = isRendered || rest === undefined ? '' : ` Without them it ${rest.sentence.slice(unit.length + 1)}`;
  return {
    code: isRendered ? IN_PART : 'UNIT_NOT_JUDGED',
    layer: 'manifest',
    severity: 'info',
    sentence: `${unit} is ${isRendered ? 'judged in part' : 'not judged'}: ${why}`,
    where,
    hint: `Nothing is fetched here. Run \`helm dependency build\` first to have ${isRendered ? 'the whole' : 'it'} judged.${said}`,
  };
}

/** @param folder a copy of ours, whose files may be links to those of the repository: none is written through */
export async function leaveOut(folder: string, names: ReadonlySet<string>): Promise<void> {
  for (const file of FILES.map((one) => path.join(folder, one))) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const document = parseDocument(text, { logLevel: 'error' });
    const list = document.get('dependencies');
    if (document.errors.length > 0 || !isSeq(list)) continue;
    list.items = list.items.filter((item) => !(isMap(item) && names.has(String(item.get('name')))));
    await rm(file);
    await writeFile(file, document.toString());
  }
}
