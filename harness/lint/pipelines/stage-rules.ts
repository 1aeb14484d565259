/** Whether stages run one after the other, and none after one that failed. Pure. */

import { nearestName } from '../../documents/nearest-name.ts';
import { formatPosition } from '../../documents/yaml-source.ts';
import type { Finding } from '../manifest-set.ts';
import { wrong } from '../wrong.ts';
import { ancestorsOf, isNever, type Pipeline, type PipelineJob } from './pipeline.ts';

export interface DeclaredStage {
  readonly name: string;
  readonly jobs: readonly string[];
}

/** Lets a job run after a failure, by GitHub's and Azure's names for it; `!failure()` does not. */
const AFTER_A_FAILURE =
  /\balways\s*\(|(?<!!\s*|not\s*\(\s*)\b(?:failure|failed)\s*\(|\bsucceededorfailed\s*\(|!\s*cancelled\s*\(|not\s*\(\s*canceled/i;
const NOT_AFTER_A_FAILURE = /!\s*failure\s*\(|not\s*\(\s*failed/i;
/** How single jobs ended: what follows from that is not worked out. */
const RESULTS = /\bneeds\.[\w-]+\.result\b|\bdependencies[.[]/;

/** PIPELINE_JOB_MISSING, PIPELINE_NEEDS_MISSING, PIPELINE_CIRCLE, PIPELINE_ORDER, PIPELINE_GOES_ON, PIPELINE_CONDITION_UNREAD. */
export function stageFindings(pipeline: Pipeline, stages: readonly DeclaredStage[]): readonly Finding[] {
  const broken = graphFindings(pipeline);
  const named = stages.flatMap(({ name, jobs }) => jobs.flatMap((job) => missingJob(pipeline, job, `stage ${name}`)));
  if (broken.length > 0) return [...broken, ...named];
  const late = stages
    .slice(1)
    .flatMap((stage, index) => orderFindings(pipeline, stages[index] as DeclaredStage, stage));
  const goingOn = stages.flatMap(({ jobs }) => jobs.flatMap((job) => toleranceFindings(pipeline.jobs.get(job))));
  return [...named, ...late, ...goingOn];
}

/** PIPELINE_JOB_MISSING. */
export function missingJob(pipeline: Pipeline, job: string, of: string): readonly Finding[] {
  if (pipeline.jobs.has(job)) return [];
  const known = [...pipeline.jobs.keys()];
  const near = nearestName(job, known);
  return [
    wrong('PIPELINE_JOB_MISSING', pipeline.path, `it has no job ${job}, which ${of} names`, {
      hint: near === undefined ? `It has ${known.join(', ') || 'none'}.` : `Did you mean ${near}?`,
    }),
  ];
}

function graphFindings(pipeline: Pipeline): readonly Finding[] {
  const { jobs } = pipeline;
  return [...jobs.values()].flatMap(({ name, needs, position }) => {
    const unknown = needs.filter((need) => !jobs.has(need));
    return [
      ...unknown.map((need) =>
        wrong(
          'PIPELINE_NEEDS_MISSING',
          formatPosition(position),
          `${name} waits for ${need}, and there is no such job`,
          {
            hint: `There are ${[...jobs.keys()].join(', ')}.`,
          },
        ),
      ),
      ...(ancestorsOf(pipeline, name).has(name)
        ? [
            wrong(
              'PIPELINE_CIRCLE',
              formatPosition(position),
              `${name} waits for itself, by way of ${needs.join(', ')}`,
              {
                hint: 'The platform refuses the file, and nothing runs.',
              },
            ),
          ]
        : []),
    ];
  });
}

function orderFindings(pipeline: Pipeline, before: DeclaredStage, stage: DeclaredStage): readonly Finding[] {
  return stage.jobs.flatMap((name) => {
    const job = pipeline.jobs.get(name);
    const earlier = ancestorsOf(pipeline, name);
    const skipped = before.jobs.filter((one) => pipeline.jobs.has(one) && !earlier.has(one));
    if (!job || skipped.length === 0) return [];
    return [
      wrong(
        'PIPELINE_ORDER',
        formatPosition(job.position),
        `${name} of stage ${stage.name} does not wait for ${skipped.join(', ')} of stage ${before.name}`,
        {
          hint: `${pipeline.system === 'GitHub Actions' ? 'needs' : 'dependsOn'}: [${[...job.needs, ...skipped].join(', ')}]`,
        },
      ),
    ];
  });
}

function toleranceFindings(job: PipelineJob | undefined): readonly Finding[] {
  if (!job) return [];
  const { name, position, condition } = job;
  const where = formatPosition(position);
  return [
    ...(neverRuns(job)
      ? [
          wrong('PIPELINE_NEVER_RUNS', where, `${name} never runs`, {
            hint: 'Take the condition false away, or the stage out of the claim.',
          }),
        ]
      : []),
    ...(condition !== undefined && AFTER_A_FAILURE.test(condition) && !NOT_AFTER_A_FAILURE.test(condition)
      ? [afterFailure(name, where, condition)]
      : []),
    ...(!goesOn(job)
      ? []
      : [
          wrong('PIPELINE_GOES_ON', where, `when ${name} fails, the pipeline goes on as if it had not`, {
            hint: 'Take continue-on-error away.',
          }),
        ]),
  ];
}

/** Or nothing that is in it does. */
function neverRuns({ condition, inner }: PipelineJob): boolean {
  return isNever(condition) || (inner.length > 0 && inner.every(neverRuns));
}

/** Or whatever is in it may fail. */
function goesOn({ continuesOnError, inner }: PipelineJob): boolean {
  return continuesOnError !== 'no' || (inner.length > 0 && inner.every(goesOn));
}

function afterFailure(name: string, where: string, condition: string): Finding {
  return RESULTS.test(condition)
    ? wrong(
        'PIPELINE_CONDITION_UNREAD',
        where,
        `whether ${name} runs when a stage before it failed depends on ${condition}`,
        {
          severity: 'warning',
          hint: 'Without a condition a job waits for the success of all jobs before it.',
        },
      )
    : wrong('PIPELINE_GOES_ON', where, `${name} runs when a stage before it failed: ${condition}`, {
        hint: 'Take the condition away, or give what cleans up a job of its own that is in no stage.',
      });
}
