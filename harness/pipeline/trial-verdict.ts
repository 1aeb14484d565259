/** One trial judged: did the rollout end as the limit says, for the reason that the limit gives? Pure. */
import type { AnalysisReport, BoundaryReport } from '../../reports/model/rollout-report.ts';
import type { FindingReport } from '../../reports/model/run-report.ts';
import type { Outcome } from '../verdict/request-sample.ts';
import { canaryAnswers } from './canary-answers.ts';
import { CANARY_VERSION, type TrialRecord } from './trial.ts';

export interface TrialVerdict {
  readonly boundary: BoundaryReport;
  readonly findings: readonly FindingReport[];
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;

/** @param analyses every metric of every AnalysisRun of this trial, replayed where the oracle could */
export function judgeTrial(record: TrialRecord, analyses: readonly AnalysisReport[]): TrialVerdict {
  const { policy, trial, books, stream, end } = record;
  const { claim } = policy;
  const measured = analyses.filter(({ metric }) => metric === claim.metric).flatMap(({ measurements }) => measurements);
  const replayed = measured.filter(({ agrees }) => agrees !== undefined);
  const disagreeing = measured.filter(({ agrees }) => agrees === false);
  const lost = canaryAnswers(stream, { canaryVersion: CANARY_VERSION }).lost;
  const answers = canaryAnswers(stream, { canaryVersion: CANARY_VERSION, ...slowLimit(record) });
  const findings = [...injectionFindings(record), ...disagreements(record, disagreeing)];
  const reason = endReason(record, analyses);
  const { outcome, why } = verdict({
    booksInvalid: books?.outcome === 'invalid',
    injectedWrong: findings.some(({ code }) => code === 'INJECTION_OFF'),
    disagreements: disagreeing.length,
    unreplayed: measured.length - replayed.length,
    measured: measured.length,
    record,
    analyses,
  });
  const abortAfterMs = record.abortedMs === undefined ? undefined : record.abortedMs - record.faultMs;
  const lastCanaryAfterMs =
    record.abortedMs === undefined || answers.lastMs === undefined ? undefined : answers.lastMs - record.abortedMs;
  return {
    findings,
    boundary: {
      claimId: claim.id,
      name: trial.name,
      declared: conditionText(record),
      injected: injectedText(record),
      side: trial.side,
      expected:
        trial.expect === 'undecided' ? 'either end: the limit lies inside the resolution of the metric' : trial.expect,
      observed: [end, reason, why].filter(Boolean).join('; '),
      ...(abortAfterMs === undefined ? {} : { abortAfterMs: Math.max(0, abortAfterMs) }),
      ...(lastCanaryAfterMs === undefined ? {} : { lastCanaryAfterMs: Math.max(0, lastCanaryAfterMs) }),
      lostRequests: lost,
      measurements: measured.length,
      oracleAgrees: replayed.length - disagreeing.length,
      outcome,
    },
  };
}

interface Facts {
  readonly booksInvalid: boolean;
  readonly injectedWrong: boolean;
  readonly disagreements: number;
  readonly unreplayed: number;
  readonly measured: number;
  readonly record: TrialRecord;
  readonly analyses: readonly AnalysisReport[];
}

function verdict(facts: Facts): { readonly outcome: Outcome; readonly why?: string } {
  const { record, analyses } = facts;
  const { trial, end, policy } = record;
  if (facts.booksInvalid)
    return { outcome: 'invalid', why: `the books are bad: ${record.books?.problems.join('; ') ?? ''}` };
  if (facts.injectedWrong) return { outcome: 'invalid', why: 'the canary did not err as it was told to' };
  if (facts.disagreements > 0)
    return { outcome: 'failed', why: `${facts.disagreements} measurements differ from the oracle` };
  if (facts.measured === 0) return { outcome: 'inconclusive', why: 'nothing was measured' };
  if (facts.unreplayed > 0)
    return { outcome: 'inconclusive', why: `${facts.unreplayed} measurements could not be replayed` };
  if (trial.expect === 'undecided') return { outcome: 'passed' };
  if (end !== trial.expect) return { outcome: 'failed' };
  if (end !== 'aborted') return { outcome: 'passed' };
  // an abort for another reason is no proof of this limit
  const guilty = analyses.some(({ metric, phase }) => metric === policy.claim.metric && /Failed|Error/.test(phase));
  return guilty ? { outcome: 'passed' } : { outcome: 'failed', why: `${policy.claim.metric} did not fail` };
}

function endReason({ policy }: TrialRecord, analyses: readonly AnalysisReport[]): string {
  const own = analyses.filter(({ metric }) => metric === policy.claim.metric).at(-1);
  const last = own?.measurements.at(-1);
  return own && last ? `${policy.claim.metric} ${own.phase} at ${last.value || 'no value'}` : '';
}

function conditionText({ policy, trial }: TrialRecord): string {
  const { metric } = policy;
  const text = metric.successCondition ?? metric.failureCondition ?? 'no condition';
  const plain = /result\[0\]\s*(<=|>=|<|>|==)\s*\S+\s*$/.exec(text)?.[0] ?? text;
  const form = trial.condition === 'declared' ? '' : ` (${trial.condition})`;
  return `${metric.name}: ${plain.replace('result[0]', metric.name)}${form}`;
}

function injectedText({ trial, level, policy, heldMs, books }: TrialRecord): string {
  const { limit } = policy.claim;
  const what = limit.kind === 'error-share' ? 'errors' : `answers of ${limit.slowMs} ms`;
  const rate = books ? `${trial.ratePerSecond}/s` : 'no traffic';
  const parts = (() => {
    switch (trial.fault.kind) {
      case 'level':
        return level ? [`${level.ratio} ${what} (${percent(level.share)})`] : [];
      case 'hold':
        return [`${percent(trial.fault.share)} ${what} for ${((heldMs ?? trial.fault.forMs) / 1000).toFixed(1)} s`];
      case 'burst':
        return [`only ${what} for ${((heldMs ?? trial.fault.forMs) / 1000).toFixed(2)} s between two scrapes`];
      case 'latency':
        return [`every answer after ${trial.fault.ms} ms`];
      case 'none':
        return ['no fault'];
    }
  })();
  return [...parts, trial.traffic === 'stops' ? `${rate}, which stop` : rate].join(', ');
}

function slowLimit({ policy }: TrialRecord): { readonly slowerThanMs?: number } {
  const { limit } = policy.claim;
  return limit.kind === 'slow-share' ? { slowerThanMs: limit.limitMs } : {};
}

/** Of the answers, on a machine that does other things too. */
const STALLED_SHARE = 0.01;

/** Whether clients saw the faults that were ordered: n answers of one pod hold n·e of them, give or take one per pod. */
function injectionFindings(record: TrialRecord): FindingReport[] {
  const { level, trial, namespace } = record;
  if (!level) return [];
  const { limit } = record.policy.claim;
  const isLatency = limit.kind === 'slow-share';
  const { bad, canary } = canaryAnswers(record.stream, {
    canaryVersion: CANARY_VERSION,
    ...(isLatency ? { slowerThanMs: limit.slowMs - 1 } : {}),
  });
  const expected = level.share * canary;
  // each pod counts for itself; a client that stalls sees answers as slow that were not, and the proxy of the canary,
  // which is what the metric counts, does not
  const slack = 3 + (isLatency ? STALLED_SHARE * canary : 0);
  if (canary > 0 && Math.abs(bad - expected) <= slack) return [];
  return [
    {
      code: 'INJECTION_OFF',
      layer: 'instrument',
      severity: 'error',
      sentence: `${trial.name}: ${bad} of ${canary} answers of the canary were bad, where ${expected.toFixed(1)} were ordered.`,
      where: namespace,
      hint: 'Something else erred, or answers were lost: no verdict on the limit can stand on this.',
    },
  ];
}

function disagreements(
  { trial, namespace }: TrialRecord,
  disagreeing: readonly AnalysisReport['measurements'][number][],
): FindingReport[] {
  return disagreeing.map(({ atMs, phase, value, oraclePhase, oracleValue }) => ({
    code: 'ORACLE_DISAGREES',
    layer: 'observed',
    severity: 'error',
    sentence: `${trial.name}: at ${new Date(atMs).toISOString()} Argo Rollouts measured ${value} (${phase}); the same samples give ${oracleValue ?? 'nothing'} (${oraclePhase ?? 'no phase'}).`,
    where: namespace,
    hint: 'Either Prometheus had other samples at that moment, or one of the two evaluates them wrongly.',
  }));
}
