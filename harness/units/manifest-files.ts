/** Which files of a repository are manifests that somebody applies, and which only look like it. */
import { asList, asRecord, type ManifestObject } from '../lint/manifest-set.ts';
import type { ParsedFile, ParsedFiles } from './parsed-files.ts';
import { baseNameOf, filesBelow, folderOf, isToolFolder, joined } from './repository-path.ts';

const MANIFEST = /\.(ya?ml|json)$/;
const SKIP_MARKER = '+argocd:skip-file-rendering';
/** What programs are tested with; an Application that reads such a folder is judged all the same. */
const TEST_DATA = /(?:^|\/)(?:testdata|test-data|__fixtures__|fixtures)\//;
/** Folders of a chart that Helm reads itself. */
const INSIDE_CHART = ['templates', 'charts', 'crds'];

export interface NotJudged {
  readonly path: string;
  /** What follows the path in a sentence. */
  readonly why: string;
}

/** Folders that hold a `Chart.yaml`, those inside of other charts left out. */
export function chartFolders(paths: readonly string[]): readonly string[] {
  const all = paths.filter((file) => baseNameOf(file) === 'Chart.yaml' && !isToolFolder(file)).map(folderOf);
  const known = new Set(all);
  return all.filter((folder) => !isInsideSome(known, joined(folder, 'Chart.yaml')));
}

/** Whether some of these charts reads the file itself. */
function isInsideSome(charts: ReadonlySet<string>, file: string): boolean {
  const parts = file.split('/').slice(0, -1);
  return parts.some((part, index) => INSIDE_CHART.includes(part) && charts.has(parts.slice(0, index).join('/')));
}

function isInsideChart(chart: string, file: string): boolean {
  return INSIDE_CHART.some((name) => file.startsWith(`${joined(chart, name)}/`));
}

/** Renders at most so often: a chart for fifty customers says the same of most of them. */
const MOST_VALUE_FILES = 6;
/** `values-prod.yaml`, `prod.values.yaml`, `values/prod.yaml`, `environments/prod/values.yaml`. */
const VALUE_FILE =
  /^(?:values[-._][^/]+|[^/]+[-._]values|(?:[^/]*values|envs?|environments?)\/(?:[^/]+\/)?[^/]+)\.ya?ml$/i;

/** The same somewhere else, by its own name alone. */
const VALUE_FILE_ELSEWHERE = /(?:^|\/)(?:values(?:[-._][^/]+)?|[^/]+[-._]values)\.ya?ml$/i;

/**
 * Values files in the folder of a chart, beside its own `values.yaml`; those for tests (`ci/`) left out. Also those outside of
 * the folders of charts that set nothing but what its own `values.yaml` knows, where no other chart knows as much.
 *
 * @param charts of the repository, this one among them
 */
export async function valueFilesOf(
  files: ParsedFiles,
  chart: string,
  charts: readonly string[],
): Promise<readonly string[]> {
  const start = chart === '' ? '' : `${chart}/`;
  const all = files.tree.files;
  const beside = filesBelow(all, chart).filter(
    (file) => !isInsideChart(chart, file) && VALUE_FILE.test(file.slice(start.length)),
  );
  const found = [...beside];
  const isOfChart = (file: string) => charts.some((folder) => folder === '' || file.startsWith(`${folder}/`));
  if (start !== '' && found.length < MOST_VALUE_FILES) {
    const others = charts.filter((one) => one !== chart);
    for (const file of all.filter((one) => !isOfChart(one) && VALUE_FILE_ELSEWHERE.test(one))) {
      if (found.length >= MOST_VALUE_FILES) break;
      const keys = Object.keys(isToolFolder(file) || TEST_DATA.test(file) ? {} : await valuesOf(files, file));
      const knows = async (folder: string) => {
        const known = await valuesOf(files, joined(folder, 'values.yaml'));
        return keys.every((key) => key in known);
      };
      if (keys.length === 0 || !(await knows(chart))) continue;
      const rivals = await Promise.all(others.map(knows));
      if (!rivals.includes(true)) found.push(file);
    }
  }
  return found.slice(0, MOST_VALUE_FILES);
}

async function valuesOf(files: ParsedFiles, file: string): Promise<Readonly<Record<string, unknown>>> {
  const parsed = await files.get(file);
  return asRecord(parsed?.documents[0]?.value) ?? {};
}

/** Files that may hold objects: by name, place, and the words that every object has. */
export async function candidateFiles(files: ParsedFiles): Promise<readonly ParsedFile[]> {
  const charts = new Set(chartFolders(files.tree.files));
  const named = files.tree.files.filter(
    (file) => MANIFEST.test(file) && !isToolFolder(file) && !TEST_DATA.test(file) && !isInsideSome(charts, file),
  );
  const found: ParsedFile[] = [];
  for (const file of named) {
    const parsed = await files.getIf(
      file,
      (text) => mayHoldObjects(text) && !(file.endsWith('.json') && isOtherJson(text)),
    );
    if (parsed) found.push(parsed);
  }
  return found;
}

function mayHoldObjects(text: string): boolean {
  return ['apiVersion', 'kind', 'metadata'].every((word) => text.includes(word)) && !text.includes(SKIP_MARKER);
}

/** JSON that is no object of Kubernetes, such as a schema of megabytes; broken JSON may have been meant as one. */
function isOtherJson(text: string): boolean {
  try {
    return typeof asRecord(JSON.parse(text))?.kind !== 'string';
  } catch {
    return false;
  }
}

/** Why nobody can apply this file as it stands; undefined when it can be. */
export function whyNoManifest(file: ParsedFile): string | undefined {
  if (file.syntaxFindings.some(({ severity }) => severity === 'error') && /\{\{|\{%|<%|\$\{\{/.test(file.text))
    return 'holds marks of a template that something else fills in';
  if (/^apiVersion:\s*["']?backstage\.io\//m.test(file.text)) return 'describes a component for Backstage';
  if (file.objects.length > 0 && file.objects.every(isDump)) return 'is a dump of live objects';
  if (file.objects.length > 0 && file.objects.every(isPart))
    return 'holds only parts of objects, as a patch that nothing applies does';
  return undefined;
}

const WITH_PODS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Rollout']);

/** What the API server would refuse, because all of what makes such an object one is missing. */
function isPart({ kind, group, value }: ManifestObject): boolean {
  const spec = asRecord(value.spec);
  if (group === 'apiextensions.k8s.io') return spec?.group === undefined;
  if (group === 'autoscaling') return spec?.scaleTargetRef === undefined;
  if (!WITH_PODS.has(kind) || (group !== 'apps' && group !== 'argoproj.io')) return false;
  const containers = asList(asRecord(asRecord(spec?.template)?.spec)?.containers);
  return (
    spec?.selector === undefined &&
    spec?.workloadRef === undefined &&
    containers.every((container) => asRecord(container)?.image === undefined)
  );
}

/** What `kubectl get -o yaml` prints: nobody writes a `uid`. */
function isDump({ value }: ManifestObject): boolean {
  const metadata = asRecord(value.metadata);
  return typeof metadata?.uid === 'string' && (metadata.resourceVersion !== undefined || value.status !== undefined);
}
