/** Whether a security scan is there, can fail the pipeline, and is waited for by what it should keep back. Pure. */
import { formatPosition, type SourcePosition } from '../../documents/yaml-source.ts';
import type { Finding } from '../manifest-set.ts';
import { wrong } from '../wrong.ts';
import { ancestorsOf, isNever, type Pipeline, type PipelineJob, type PipelineStep } from './pipeline.ts';
import { SCANNERS, type Scanner, SEVERITIES, type Severity } from './scanners.ts';
import { linesWith } from './script-lines.ts';
import { type DeclaredStage, missingJob } from './stage-rules.ts';

export interface DeclaredScan {
  readonly job: string;
  readonly tool: string;
  /** From which on a finding must fail the pipeline. */
  readonly severity?: Severity | undefined;
}

/** A scan that was started, and what keeps it from failing its job. */
interface Start {
  readonly position: SourcePosition;
  readonly toothless: string | undefined;
  readonly severities: readonly string[] | undefined;
  /** Of its step, or of the job within: it does not run for every change. */
  readonly condition: string | undefined;
}

/** SCAN_MISSING, SCAN_CANNOT_FAIL, SCAN_SEVERITY_IGNORED, SCAN_STOPS_NOTHING, PIPELINE_JOB_MISSING; warning SCAN_CONDITIONAL. */
export function scanFindings(
  pipeline: Pipeline,
  scan: DeclaredScan,
  stages: readonly DeclaredStage[],
  read: (path: string) => string | undefined,
): readonly Finding[] {
  const job = pipeline.jobs.get(scan.job);
  if (!job) return missingJob(pipeline, scan.job, `the scan with ${scan.tool}`);
  const starts = startsOf(job, scan.tool, read);
  const where = formatPosition(job.position);
  if (starts.length === 0)
    return [
      wrong(
        'SCAN_MISSING',
        where,
        job.unreadCall === undefined
          ? `no step of ${job.name} starts ${scan.tool}`
          : `whether ${job.name} starts ${scan.tool} stands in ${job.unreadCall}, which is not read`,
        {
          hint: 'Name the job that scans, and the scanner as its command or action is called.',
        },
      ),
    ];
  return [
    ...teethFindings(scan, starts),
    // that a job of a stage may fail is told of the stage
    ...((job.continuesOnError === 'no' || isInStage(job, stages)) && !isNever(job.condition)
      ? []
      : [
          wrong(
            'SCAN_CANNOT_FAIL',
            where,
            `${scan.tool} fails ${job.name}, and the pipeline goes on as if it had not`,
            {
              hint: 'Take continue-on-error and the condition of the job away.',
            },
          ),
        ]),
    ...stopsNothing(pipeline, job, stages),
  ];
}

function teethFindings({ tool, severity }: DeclaredScan, starts: readonly Start[]): readonly Finding[] {
  const able = starts.filter(({ toothless }) => toothless === undefined);
  const [first] = starts;
  if (first && able.length === 0)
    return [
      wrong(
        'SCAN_CANNOT_FAIL',
        formatPosition(first.position),
        `${tool} cannot fail the pipeline: ${first.toothless}`,
        {
          hint: 'A scan that nobody has to heed is none: let it end with an exit code that is not 0, and let nothing swallow that.',
        },
      ),
    ];
  return [...conditionFindings(tool, able), ...(severity === undefined ? [] : severityFindings(tool, severity, able))];
}

/** Which of the changes a condition lets through no file tells. */
function conditionFindings(tool: string, able: readonly Start[]): readonly Finding[] {
  const [first] = able;
  const isFree = able.some(({ condition }) => condition === undefined);
  if (isFree || !first) return [];
  return [
    wrong('SCAN_CONDITIONAL', formatPosition(first.position), `${tool} only runs if ${first.condition}`, {
      severity: 'warning',
      hint: 'A step that is skipped counts as a success.',
    }),
  ];
}

function severityFindings(tool: string, severity: Severity, able: readonly Start[]): readonly Finding[] {
  const wanted = SEVERITIES.slice(SEVERITIES.indexOf(severity));
  const enough = able.some(({ severities }) => severities && wanted.every((one) => severities.includes(one)));
  const [best] = able;
  if (enough || !best) return [];
  return [
    wrong(
      'SCAN_SEVERITY_IGNORED',
      formatPosition(best.position),
      best.severities
        ? `${tool} fails for ${best.severities.join(', ') || 'nothing'}, and not for everything from ${severity} on`
        : `at what severity ${tool} fails cannot be read here`,
      {
        hint: best.severities
          ? 'Widen its severities, or declare what it keeps back.'
          : 'Leave severity out of the claim for this scanner.',
      },
    ),
  ];
}

const isInStage = ({ name }: PipelineJob, stages: readonly DeclaredStage[]) =>
  stages.some(({ jobs }) => jobs.includes(name));

/** A job that nothing waits for fails alone. That stages wait for those before them is told of the stages. */
function stopsNothing(pipeline: Pipeline, job: PipelineJob, stages: readonly DeclaredStage[]): readonly Finding[] {
  if (isInStage(job, stages)) return [];
  const last = (stages.at(-1)?.jobs ?? []).filter((name) => pipeline.jobs.has(name));
  const free = last.filter((name) => !ancestorsOf(pipeline, name).has(job.name));
  if (free.length === 0) return [];
  return [
    wrong(
      'SCAN_STOPS_NOTHING',
      formatPosition(job.position),
      `${free.join(', ')} ${free.length === 1 ? 'does' : 'do'} not wait for ${job.name}: what it finds keeps nothing back`,
      {
        hint: 'Let the first job that deploys wait for it.',
      },
    ),
  ];
}

function startsOf(job: PipelineJob, tool: string, read: (path: string) => string | undefined): readonly Start[] {
  const scanner = SCANNERS.find(({ name }) => name === tool) ?? anyTool(tool);
  const within = ({ steps, inner }: PipelineJob, lost: string | undefined, conditions: readonly string[]): Start[] => [
    ...steps.flatMap((step) => {
      const tolerated = lost ?? toleratedBy(step, 'step');
      const [condition] = [...conditions, ...limiting(step)];
      return startedBy(step, scanner, read).map((one) => ({
        ...one,
        toothless: tolerated ?? one.toothless,
        condition,
      }));
    }),
    ...inner.flatMap((one) => within(one, lost ?? toleratedBy(one, 'job'), [...conditions, ...limiting(one)])),
  ];
  // what the job itself tolerates is told of the job
  return within(job, undefined, []);
}

function startedBy(
  step: PipelineStep,
  scanner: Scanner,
  read: (path: string) => string | undefined,
): Omit<Start, 'condition'>[] {
  const { position, uses, inputs, environment } = step;
  const around = { inputs, environment, read };
  const judged = (command: string, action: string | undefined, lost: string | undefined) => {
    const start = { ...around, uses: action, command };
    return {
      position,
      toothless: lost ?? scanner.toothless(start),
      severities: scanner.severities?.(start),
    };
  };
  const action = uses?.toLowerCase().replace(/@.*$/, '');
  if (action !== undefined && scanner.action.test(action)) return [judged('', action, undefined)];
  return linesWith(step, scanner.command).map(({ text, lost }) => judged(text, undefined, lost));
}

function toleratedBy({ continuesOnError, condition }: Skippable, what: 'step' | 'job'): string | undefined {
  if (continuesOnError === 'yes') return `its ${what} continues on error`;
  if (continuesOnError === 'perhaps') return `an expression decides whether its ${what} continues on error`;
  return isNever(condition) ? `its ${what} never runs` : undefined;
}

type Skippable = Pick<PipelineStep, 'continuesOnError' | 'condition'>;

/** The condition that lets it run for some changes only. */
function limiting({ condition }: Skippable): readonly string[] {
  return condition === undefined || RUNS_ANYWAY.test(condition) ? [] : [condition];
}

const RUNS_ANYWAY = /^(?:\$\{\{\s*)?(?:(?:always|success|succeeded|succeededOrFailed)\(\)|true)(?:\s*\}\})?$/i;

/** Of which nothing is known but its name: it fails as its exit code says. */
function anyTool(name: string): Scanner {
  const literal = name.toLowerCase().replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return {
    name,
    action: new RegExp(`(?:^|[/_-])${literal}(?:$|[/_-])`),
    command: new RegExp(`(?:^|[\\s;&|/])${literal}(?=\\s|$)`, 'i'),
    toothless: () => undefined,
  };
}
