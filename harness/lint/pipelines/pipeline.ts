/** A pipeline as its rules read it, whoever runs it. Pure. */
import {
  formatPosition,
  parseYamlSource,
  type SourcePosition,
  type YamlDocument,
} from '../../documents/yaml-source.ts';
import { asRecord, type Finding, type ManifestFile } from '../manifest-set.ts';
import { wrong } from '../wrong.ts';

export interface PipelineStep {
  readonly position: SourcePosition;
  /** Action or task, with its version. */
  readonly uses: string | undefined;
  /** What is given to it. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly script: string | undefined;
  /** Whether the script ends with its first command that fails, and with one that fails inside a pipe. */
  readonly shell: { readonly endsOnError: boolean; readonly endsInPipes: boolean };
  /** Variables of its environment, those of its job and pipeline included. */
  readonly environment: Readonly<Record<string, string>>;
  readonly continuesOnError: Toleration;
  readonly condition: string | undefined;
}

/** Whether a failure is taken for a success; an expression may make it either. */
export type Toleration = 'no' | 'yes' | 'perhaps';

export interface PipelineJob {
  /** Its key: of a job, or of a stage of Azure Pipelines. */
  readonly name: string;
  readonly position: SourcePosition;
  readonly needs: readonly string[];
  readonly condition: string | undefined;
  readonly continuesOnError: Toleration;
  /** What it deploys to, by the name that the platform's protection rules are of. */
  readonly deploysTo: string | undefined;
  readonly steps: readonly PipelineStep[];
  /** Jobs of a stage, or of the workflow that it calls. */
  readonly inner: readonly PipelineJob[];
  /** A workflow that it calls and that is not read: what it does stands there. */
  readonly unreadCall: string | undefined;
}

export interface Pipeline {
  readonly path: string;
  readonly system: 'GitHub Actions' | 'Azure Pipelines';
  readonly jobs: ReadonlyMap<string, PipelineJob>;
  /** What it uses and is not read, such as a template or a workflow of another repository. */
  readonly unread: readonly { readonly position: SourcePosition; readonly sentence: string }[];
  /** Of files of this repository that it calls: PIPELINE_MISSING, PIPELINE_YAML_SYNTAX, PIPELINE_UNKNOWN. */
  readonly problems: readonly Finding[];
}

/** The one document of a pipeline's file. PIPELINE_MISSING, PIPELINE_YAML_SYNTAX, PIPELINE_UNKNOWN. */
export function pipelineDocument(files: readonly ManifestFile[], path: string): YamlDocument | Finding {
  const file = files.find((one) => one.path === path);
  if (!file)
    return wrong('PIPELINE_MISSING', path, 'the repository holds no such pipeline', {
      hint: 'Name the file relative to the root of the repository, such as .github/workflows/release.yaml.',
    });
  const { documents, problems } = parseYamlSource(path, file.text);
  const [problem] = problems;
  if (problem)
    return wrong('PIPELINE_YAML_SYNTAX', formatPosition(problem.position), problem.sentence, {
      hint: 'The platform refuses the file, and nothing runs.',
    });
  const [document] = documents;
  if (documents.length === 1 && document && asRecord(document.value)) return document;
  return unknownPipeline(path);
}

/** PIPELINE_UNKNOWN. */
export function unknownPipeline(path: string): Finding {
  return wrong('PIPELINE_UNKNOWN', `${path}:1:1`, 'it is neither a workflow of GitHub Actions nor an Azure pipeline', {
    hint: 'A workflow has `on` and `jobs`; an Azure pipeline has `stages`, `jobs` or `steps`.',
  });
}

/** Every job that must have ended before, near or far. */
export function ancestorsOf({ jobs }: Pipeline, name: string): ReadonlySet<string> {
  const found = new Set(jobs.get(name)?.needs);
  for (const one of found) for (const earlier of jobs.get(one)?.needs ?? []) found.add(earlier);
  return found;
}

/** Its own, and those of its inner jobs. */
export function allSteps(job: PipelineJob): readonly PipelineStep[] {
  return [...job.steps, ...job.inner.flatMap(allSteps)];
}

/** Of a step or job that is switched off for good. */
export const isNever = (condition: string | undefined): boolean =>
  /^(?:\$\{\{\s*)?false(?:\s*\}\})?$/i.test(condition?.trim() ?? '');

export function tolerationOf(value: unknown): Toleration {
  if (value === undefined || value === null || value === false || value === 'false') return 'no';
  return value === true || value === 'true' ? 'yes' : 'perhaps';
}

/** Texts, numbers and switches of a mapping, as a shell would get them. */
export function plainTexts(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(asRecord(value) ?? {});
  return Object.fromEntries(
    entries.flatMap(([name, inner]) =>
      ['string', 'number', 'boolean'].includes(typeof inner) ? [[name, String(inner)]] : [],
    ),
  );
}

/** A text or a list of texts. */
export function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
}

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'boolean' ? String(value) : undefined;
