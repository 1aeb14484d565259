/** Dependencies that a chart declares, and those of them that lie beside it (`repository: file://../svc`). */
import { formatPosition } from '../../documents/yaml-source.ts';
import { asList, asRecord, type TracedDocument } from '../../lint/manifest-set.ts';
import type { ParsedFiles } from '../parsed-files.ts';
import { filesBelow, joined, resolveInside } from '../repository-path.ts';

interface LocalDependency {
  readonly name: string;
  readonly folder: string;
}

/** Why a chart is not put together. */
export interface ChartRefusal {
  /** Goes on after "is not judged: ". */
  readonly why: string;
  readonly where: string;
}

/** What a dependency may be called: its name becomes that of a folder, and Helm refuses a chart whose name is a path. */
const CHART_NAME = /^[A-Za-z0-9][\w.-]*$/;

const BESIDE = 'file://';

/** Those that are not in `charts/` already. */
export async function localDependencies(files: ParsedFiles, chart: string): Promise<readonly LocalDependency[]> {
  const vendored = await vendoredCharts(files, chart);
  return (await declaredBeside(files, chart)).flatMap(({ name, repository }): LocalDependency[] => {
    const folder = resolveInside(chart, repository.slice(BESIDE.length));
    if (!CHART_NAME.test(name) || folder === undefined) return [];
    return !vendored(name) && files.tree.has(joined(folder, 'Chart.yaml')) ? [{ name, folder }] : [];
  });
}

/** Dependencies beside a chart whose name leads somewhere else than to a folder of `charts/`. */
export async function refusedDependencies(files: ParsedFiles, chart: string): Promise<readonly ChartRefusal[]> {
  return (await declaredBeside(files, chart))
    .filter(({ name }) => !CHART_NAME.test(name))
    .map(({ name, index, document }) => ({
      why: `its chart depends on ${JSON.stringify(name)}, which no chart can be called`,
      where: formatPosition(document.positionOf(['dependencies', index, 'name'])),
    }));
}

const PACKED = '.tgz';
/** A version as Helm writes it into the name of a packed chart; one number alone would take `cart-2-api-1.0.0` for a cart. */
const VERSION = /^v?\d+\.\d+(\.\d+)?([-+][\w.+-]+)?$/;

/** Which charts `charts/` holds: packed, or as a folder, of which its Chart.yaml says what it is. */
export async function vendoredCharts(files: ParsedFiles, chart: string): Promise<(name: string) => boolean> {
  const charts = `${joined(chart, 'charts')}/`;
  const below = filesBelow(files.tree.files, charts.slice(0, -1)).map((file) => file.slice(charts.length));
  const folders = new Set(below.filter((file) => file.includes('/')).map((file) => file.slice(0, file.indexOf('/'))));
  const documents = [...folders].map((folder) => files.get(`${charts}${folder}/Chart.yaml`));
  const named = (await Promise.all(documents)).map((file) => asRecord(file?.documents[0]?.value)?.name);
  const names = new Set([...folders, ...named]);
  const packed = below.filter((file) => !file.includes('/') && file.endsWith(PACKED));
  return (name) =>
    names.has(name) ||
    packed.some((file) => file.startsWith(`${name}-`) && VERSION.test(file.slice(name.length + 1, -PACKED.length)));
}

interface DeclaredDependency {
  readonly name: string;
  readonly repository: string;
  readonly index: number;
  readonly document: TracedDocument;
}

async function declaredBeside(files: ParsedFiles, chart: string): Promise<readonly DeclaredDependency[]> {
  const document = (await files.get(joined(chart, 'Chart.yaml')))?.documents[0];
  return asList(asRecord(document?.value)?.dependencies).flatMap((entry, index) => {
    const { name, repository } = asRecord(entry) ?? {};
    const isBeside = typeof repository === 'string' && repository.startsWith(BESIDE);
    return document && typeof name === 'string' && isBeside ? [{ name, repository, index, document }] : [];
  });
}
