/** What is wrong with a trial beside its end: lost requests, a fault that was none, an oracle that disagrees. Pure. */
import type { AnalysisReport } from '../../../reports/model/rollout-report.ts';
import type { FindingReport } from '../../../reports/model/run-report.ts';
import { CANARY_VERSION, STABLE_VERSION } from '../../stage/stage.ts';
import { canaryAnswers } from '../../traffic/canary-answers.ts';
import type { RolloutStream, StreamEntry } from '../../traffic/recorded-stream.ts';
import { LOSSES_SHARED } from '../../traffic/shared-losses.ts';
import type { TrialRecord } from './trial.ts';

type Measurement = AnalysisReport['measurements'][number];

/** The stable version, to which nothing is done, answers in milliseconds unless everything stands still. */
const STALLED_MS = 1_000;
const NEARBY_MS = 500;

/**
 * REQUESTS_LOST: an error where the losses leave the limit unproven, a warning where the rollout ended as its limit says
 * and so few cannot change that: what a release loses is judged by claims of their own (no-lost-request, rollback-effects),
 * a limit is judged here.
 *
 * Nothing where the environment's control request shared every loss: the books are bad then, and say so.
 *
 * REQUESTS_STALLED instead, when all of them were left without an answer while most answers of the stable version took
 * over a second as well: the machine stood still, and whether the rollout would have lost them nobody knows.
 *
 * @param spare requests that may be missing without a change of the outcome
 */
export function lossFindings(record: TrialRecord, spare: number): readonly FindingReport[] {
  const { trial, namespace, stream, books } = record;
  const losses = [...stream.entries()].filter(({ ending }) => ending === 'lost');
  if (losses.length === 0) return [];
  const count = `${losses.length} of ${stream.length} requests`;
  // the books say it, and whose they are
  if (books?.problemCodes?.includes(LOSSES_SHARED)) return [];
  if (losses.every((loss) => loss.status === 0 && isStalled(loss, stream)))
    return [
      {
        code: 'REQUESTS_STALLED',
        layer: 'instrument',
        severity: 'error',
        sentence: `${trial.name}: ${count} got no answer while the stable version, too, took over ${STALLED_MS / 1000} s for most of its answers.`,
        where: namespace,
        hint: 'The machine did something else: run it again on a quieter one, or with fewer claims at a time (--claim).',
      },
    ];
  const statuses = [...new Set(losses.map(({ status }) => status))].sort((a, b) => b - a);
  const kinds = statuses.map((status) => {
    const many = losses.filter((loss) => loss.status === status).length;
    return `${many} × ${status === 0 ? 'no answer at all' : `${status} that no workload signed`}`;
  });
  return [
    {
      code: 'REQUESTS_LOST',
      layer: 'observed',
      severity: losses.length <= spare && endedAsDeclared(record) ? 'warning' : 'error',
      sentence: `${trial.name}: ${count} ${losses.length === 1 ? 'was' : 'were'} lost: ${kinds.join(', ')}.`,
      where: namespace,
      hint: "The proxies answered for the workload, or nobody did: endpoints that were gone, or connections closed under a request. A claim of kind no-lost-request names the gateway's response flags.",
    },
  ];
}

export const endedAsDeclared = ({ trial, end }: Pick<TrialRecord, 'trial' | 'end'>): boolean =>
  trial.expect === 'undecided' || end === trial.expect;

/** Whether most answers of the stable version that began at about the same time were slow. */
function isStalled({ startMs }: StreamEntry, stream: RolloutStream): boolean {
  const nearby = [...stream.entries()].filter(
    (entry) => entry.version === STABLE_VERSION && Math.abs(entry.startMs - startMs) <= NEARBY_MS,
  );
  const slow = nearby.filter(({ latencyMs }) => latencyMs > STALLED_MS).length;
  return slow > nearby.length / 2;
}

/** Most pods that a canary of a trial has, each of which rounds for itself. */
const ONE_PER_POD = 3;
/** Of the answers, on a machine that does other things too. */
const STALLED_SHARE = 0.01;
/** Measurements are stamped in whole seconds. */
const STAMP_MS = 1_000;

/**
 * INJECTION_OFF: whether clients saw the faults that were ordered: n answers of one pod hold n·e of them, give or take
 * one per pod. Only what the measurements looked at is judged: an answer that came slowly after the last of them is in
 * none, and says nothing about the limit.
 *
 * Errors are seen as such; slow answers are counted by the workload's own mark. A stall of the machine makes others
 * slow, too: that may be what aborted a rollout, but nothing is promoted because of it.
 */
export function injectionFindings(record: TrialRecord, measured: readonly Measurement[]): readonly FindingReport[] {
  const { level, trial, namespace, policy, end } = record;
  if (!level) return [];
  const { limit } = policy.claim;
  const isLatency = limit.kind === 'slow-share';
  const { bad, delayed, canary } = canaryAnswers(record.stream, {
    canaryVersion: CANARY_VERSION,
    ...(isLatency ? { slowerThanMs: limit.limitMs } : {}),
    ...lookedAt(record, measured),
  });
  if (canary === 0) return [];
  const expected = level.share * canary;
  const made = isLatency ? delayed : bad;
  const stalled = isLatency && end !== 'promoted' ? bad - delayed : 0;
  const off = (what: string, hint: string): FindingReport => ({
    code: 'INJECTION_OFF',
    layer: 'instrument',
    severity: 'error',
    sentence: `${trial.name}: ${what}, where ${expected.toFixed(1)} of ${canary} were ordered.`,
    where: namespace,
    hint,
  });
  if (Math.abs(made - expected) > ONE_PER_POD)
    return [
      off(
        `${made} answers of the canary were bad while it was measured`,
        'Something else erred, or answers were lost: no verdict on the limit can stand on this.',
      ),
    ];
  // a client that stalls sees slow answers that the canary's proxy, which is what the metric counts, does not
  if (stalled > ONE_PER_POD + STALLED_SHARE * canary)
    return [
      off(
        `${stalled} more answers of the canary were slow while it was measured`,
        'The machine stood still for a while, which may be what was measured: run again when it is quiet.',
      ),
    ];
  return [];
}

/** From the oldest sample that the first measurement can have read to the last measurement; all when there is none. */
function lookedAt({ policy }: TrialRecord, measured: readonly Measurement[]): { fromMs?: number; toMs?: number } {
  const times = measured.map(({ atMs }) => atMs);
  if (times.length === 0) return {};
  return {
    fromMs: Math.min(...times) - policy.reachMs - policy.scrapeIntervalMs,
    toMs: Math.max(...times) + STAMP_MS,
  };
}

/** What Argo Rollouts writes down for a query that found no series. */
const EMPTY = /^\[\s*\]$/;

/** ANALYSIS_QUERY_EMPTY: the canary answered, and no measurement found anything of it. */
export function emptyFindings(record: TrialRecord, measured: readonly Measurement[]): readonly FindingReport[] {
  const { trial, policy, stream } = record;
  if (trial.traffic !== 'steady' || measured.length === 0 || !measured.every(({ value }) => EMPTY.test(value.trim())))
    return [];
  const { canary } = canaryAnswers(stream, { canaryVersion: CANARY_VERSION, ...lookedAt(record, measured) });
  if (canary === 0) return [];
  return [
    {
      code: 'ANALYSIS_QUERY_EMPTY',
      layer: 'observed',
      severity: 'error',
      sentence: `${trial.name}: ${policy.claim.metric} found no series in any of ${measured.length} measurements, while the canary gave ${canary} answers.`,
      where: `AnalysisTemplate ${policy.metric.template}, metric ${policy.metric.name}`,
      hint: 'A label of the selector is missing or has another value than the proxies write; ask Prometheus for the metric without matchers and compare.',
    },
  ];
}

/** ORACLE_DISAGREES */
export function disagreements(
  { trial, namespace }: TrialRecord,
  disagreeing: readonly Measurement[],
): readonly FindingReport[] {
  return disagreeing.map(({ atMs, phase, value, oraclePhase, oracleValue }) => ({
    code: 'ORACLE_DISAGREES',
    layer: 'observed',
    severity: 'error',
    sentence: `${trial.name}: at ${new Date(atMs).toISOString()} Argo Rollouts measured ${value} (${phase}); the same samples give ${oracleValue ?? 'nothing'} (${oraclePhase ?? 'no phase'}).`,
    where: namespace,
    hint: 'Either Prometheus had other samples at that moment, or one of the two evaluates them wrongly.',
  }));
}
