/** A workflow of GitHub Actions, with the workflows of the same repository that its jobs call. Pure. */
import type { YamlDocument } from '../../documents/yaml-source.ts';
import { asList, asRecord, type Finding, type ManifestFile } from '../manifest-set.ts';
import {
  type Pipeline,
  type PipelineJob,
  type PipelineStep,
  pipelineDocument,
  plainTexts,
  textOf,
  textsOf,
  tolerationOf,
  unknownPipeline,
} from './pipeline.ts';

type Fields = Readonly<Record<string, unknown>>;
/** What a step has from its job and workflow. */
interface Around {
  readonly environment: Readonly<Record<string, string>>;
  readonly shell: string | undefined;
}
/** From where a workflow is read: by its event, or by a job that gives it inputs. */
interface Caller {
  readonly depth: number;
  readonly inputs: Readonly<Record<string, string>>;
}

/** GitHub's own limit is four levels of called workflows below the first. */
const DEEPEST_CALL = 4;

export function isWorkflow({ value }: YamlDocument): boolean {
  const top = asRecord(value);
  return isEvent(top?.on) && asRecord(top?.jobs) !== undefined;
}

/** GitHub refuses a workflow that no event starts. */
function isEvent(on: unknown): boolean {
  return typeof on === 'string' ? on !== '' : Object.keys(asRecord(on) ?? asList(on)).length > 0;
}

export function readWorkflow(
  files: readonly ManifestFile[],
  path: string,
  document: YamlDocument,
  caller: Caller = { depth: 0, inputs: {} },
): Pipeline {
  const top = asRecord(document.value) ?? {};
  const unread: Pipeline['unread'][number][] = [];
  const problems: Finding[] = [];
  const around = { environment: plainTexts(top.env), shell: shellOf(top) };
  const jobs = Object.entries(asRecord(top.jobs) ?? {}).map(([name, value]): PipelineJob => {
    const job = asRecord(value) ?? {};
    const inside = {
      environment: { ...around.environment, ...plainTexts(job.env) },
      shell: shellOf(job) ?? around.shell,
    };
    const called = textOf(job.uses);
    const inputs = plainTexts(job.with);
    const found = called === undefined ? undefined : calledWorkflow(files, called, { depth: caller.depth + 1, inputs });
    const read = found && 'jobs' in found ? found : undefined;
    if (found && !read) problems.push(found as Finding);
    if (called !== undefined && !found)
      unread.push({
        position: document.positionOf(['jobs', name, 'uses']),
        sentence: `job ${name} calls ${called}, which is not read`,
      });
    unread.push(...(read?.unread ?? []));
    problems.push(...(read?.problems ?? []));
    const environment = asRecord(job.environment)?.name ?? job.environment;
    return {
      name,
      position: document.positionOfKey(['jobs'], name),
      needs: textsOf(job.needs),
      condition: textOf(job.if),
      continuesOnError: tolerationOf(job['continue-on-error']),
      deploysTo: withInputs(textOf(environment), caller),
      steps: asList(job.steps).map((step, index) => stepOf(asRecord(step) ?? {}, document, [name, index], inside)),
      inner: [...(read?.jobs.values() ?? [])],
      unreadCall: read ? undefined : called,
    };
  });
  return { path, system: 'GitHub Actions', jobs: new Map(jobs.map((job) => [job.name, job])), unread, problems };
}

/** Undefined: of another repository, or called by too many others. */
function calledWorkflow(
  files: readonly ManifestFile[],
  called: string,
  caller: Caller,
): Pipeline | Finding | undefined {
  if (!called.startsWith('./') || caller.depth > DEEPEST_CALL) return undefined;
  const path = called.slice(2);
  const document = pipelineDocument(files, path);
  if (!('positionOf' in document)) return document;
  return isWorkflow(document) ? readWorkflow(files, path, document, caller) : unknownPipeline(path);
}

function withInputs(text: string | undefined, { inputs }: Caller): string | undefined {
  return text?.replaceAll(/\$\{\{\s*inputs\.([\w-]+)\s*\}\}/g, (all, name: string) => inputs[name] ?? all);
}

function stepOf(
  step: Fields,
  document: YamlDocument,
  [job, index]: readonly [string, number],
  { environment, shell }: Around,
): PipelineStep {
  return {
    position: document.positionOf(['jobs', job, 'steps', index]),
    uses: textOf(step.uses),
    inputs: plainTexts(step.with),
    script: textOf(step.run),
    shell: shellBehaviour(textOf(step.shell) ?? shell),
    environment: { ...environment, ...plainTexts(step.env) },
    continuesOnError: tolerationOf(step['continue-on-error']),
    condition: textOf(step.if),
  };
}

function shellOf({ defaults }: Fields): string | undefined {
  return textOf(asRecord(asRecord(defaults)?.run)?.shell);
}

/**
 * On Linux, by GitHub's "Workflow syntax": without a shell `bash -e {0}`, which does not see what fails in a pipe;
 * `shell: bash` is `bash --noprofile --norc -eo pipefail {0}`; anything with `{0}` is taken as it is written.
 */
function shellBehaviour(shell: string | undefined): PipelineStep['shell'] {
  if (shell === undefined || shell === 'sh') return { endsOnError: true, endsInPipes: false };
  if (shell === 'bash') return { endsOnError: true, endsInPipes: true };
  return { endsOnError: /\s-\w*e/.test(shell), endsInPipes: /pipefail/.test(shell) };
}
