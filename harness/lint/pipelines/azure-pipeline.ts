/** A pipeline of Azure Pipelines: its stages, or its jobs where it has none. Pure. */

import type { ValuePath, YamlDocument } from '../../documents/yaml-source.ts';
import { asList, asRecord } from '../manifest-set.ts';
import {
  type Pipeline,
  type PipelineJob,
  type PipelineStep,
  plainTexts,
  textOf,
  textsOf,
  tolerationOf,
} from './pipeline.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Scripts end with their last command: neither `-e` nor `pipefail` is set for them. */
const SHELL = { endsOnError: false, endsInPipes: false };
const SCRIPTS = ['script', 'bash', 'pwsh', 'powershell'];
/** Of a deployment job, in their order. */
const HOOKS = ['preDeploy', 'deploy', 'routeTraffic', 'postRouteTraffic'];

export function isAzurePipeline({ value }: YamlDocument): boolean {
  const top = asRecord(value) ?? {};
  return ['stages', 'jobs', 'steps'].some((name) => Array.isArray(top[name]));
}

export function readAzurePipeline(path: string, document: YamlDocument): Pipeline {
  const top = asRecord(document.value) ?? {};
  const reader = new Reader(document);
  const whole = plainTexts(top.variables);
  const jobs = Array.isArray(top.stages)
    ? reader.stages(top.stages, whole)
    : Array.isArray(top.jobs)
      ? reader.jobs(top.jobs, ['jobs'], whole)
      : [reader.job({ ...top, job: 'steps' }, [], whole)];
  return {
    path,
    system: 'Azure Pipelines',
    jobs: new Map(jobs.map((job) => [job.name, job])),
    unread: reader.unread,
    problems: [],
  };
}

class Reader {
  readonly unread: Pipeline['unread'][number][] = [];
  readonly #document: YamlDocument;

  constructor(document: YamlDocument) {
    this.#document = document;
  }

  /** Each comes after the one before it where it does not say what it depends on. */
  stages(list: readonly unknown[], around: Readonly<Record<string, string>>): PipelineJob[] {
    const found: PipelineJob[] = [];
    list.forEach((value, index) => {
      const stage = asRecord(value) ?? {};
      const at = ['stages', index];
      if (this.#isTemplate(stage, at)) return;
      const before = found.at(-1)?.name;
      found.push({
        ...this.#head(stage, textOf(stage.stage) ?? `stage ${index + 1}`, at),
        needs: stage.dependsOn === undefined ? (before === undefined ? [] : [before]) : textsOf(stage.dependsOn),
        deploysTo: undefined,
        steps: [],
        inner: this.jobs(asList(stage.jobs), [...at, 'jobs'], { ...around, ...plainTexts(stage.variables) }),
      });
    });
    return found;
  }

  jobs(list: readonly unknown[], at: ValuePath, around: Readonly<Record<string, string>>): PipelineJob[] {
    return list.flatMap((value, index) => {
      const job = asRecord(value) ?? {};
      const place = [...at, index];
      return this.#isTemplate(job, place) ? [] : [this.job(job, place, around)];
    });
  }

  job(job: Fields, at: ValuePath, around: Readonly<Record<string, string>>): PipelineJob {
    const environment = { ...around, ...plainTexts(job.variables) };
    const [[kind, strategy] = ['', undefined]] = Object.entries(asRecord(job.strategy) ?? {});
    const hooks = HOOKS.flatMap((hook) => {
      const steps = asList(asRecord(asRecord(strategy)?.[hook])?.steps);
      return steps.map((step, index) => ({ step, at: [...at, 'strategy', kind, hook, 'steps', index] }));
    });
    const own = asList(job.steps).map((step, index) => ({ step, at: [...at, 'steps', index] }));
    return {
      ...this.#head(job, textOf(job.job) ?? textOf(job.deployment) ?? 'job', at),
      needs: textsOf(job.dependsOn),
      deploysTo: textOf(asRecord(job.environment)?.name ?? job.environment)?.split('.')[0],
      steps: [...own, ...hooks].flatMap(({ step, at: place }) => this.#step(asRecord(step) ?? {}, place, environment)),
      inner: [],
    };
  }

  #step(step: Fields, at: ValuePath, around: Readonly<Record<string, string>>): PipelineStep[] {
    if (this.#isTemplate(step, at)) return [];
    const inputs = plainTexts(step.inputs);
    const [script] = SCRIPTS.flatMap((name) => textOf(step[name]) ?? []);
    return [
      {
        position: this.#document.positionOf(at),
        uses: textOf(step.task),
        inputs,
        script: script ?? inputs.script,
        shell: SHELL,
        environment: { ...around, ...plainTexts(step.env) },
        continuesOnError: tolerationOf(step.continueOnError),
        condition: step.enabled === false ? 'false' : textOf(step.condition),
      },
    ];
  }

  #head(fields: Fields, name: string, at: ValuePath) {
    return {
      name,
      position: this.#document.positionOf(at),
      condition: textOf(fields.condition),
      continuesOnError: tolerationOf(fields.continueOnError),
      unreadCall: undefined,
    };
  }

  #isTemplate({ template }: Fields, at: ValuePath): boolean {
    if (typeof template !== 'string') return false;
    this.unread.push({
      position: this.#document.positionOf(at),
      sentence: `the template ${template} is not read`,
    });
    return true;
  }
}
