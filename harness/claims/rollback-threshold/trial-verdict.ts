/** One trial judged: did the rollout end as the limit says, for the reason that the limit gives? Pure. */
import type { AnalysisReport, BoundaryReport } from '../../../reports/model/rollout-report.ts';
import type { BooksReport, FindingReport } from '../../../reports/model/run-report.ts';
import { seconds } from '../../documents/figures.ts';
import { CANARY_VERSION } from '../../stage/stage.ts';
import { canaryAnswers } from '../../traffic/canary-answers.ts';
import type { UnhealthyInterval } from '../../verdict/environment-health.ts';
import type { Outcome } from '../../verdict/outcome.ts';
import { droppableIterations, withDroppable } from './droppable-iterations.ts';
import type { TrialRecord } from './trial.ts';
import { disagreements, emptyFindings, endedAsDeclared, injectionFindings, lossFindings } from './trial-findings.ts';
import { conditionText, endReason, injectedText, levelOf } from './trial-words.ts';

export interface TrialVerdict {
  readonly boundary: BoundaryReport;
  readonly findings: readonly FindingReport[];
  /** As they count for this trial: iterations that were never sent and cannot matter are no problem of theirs. */
  readonly books: BooksReport | undefined;
}

/** @param analyses every metric of every AnalysisRun of this trial, replayed where the oracle could */
export function judgeTrial(record: TrialRecord, analyses: readonly AnalysisReport[]): TrialVerdict {
  const { policy, trial, stream, end } = record;
  const { claim } = policy;
  const measured = analyses.filter(({ metric }) => metric === claim.metric).flatMap(({ measurements }) => measurements);
  const replayed = measured.filter(({ agrees }) => agrees !== undefined);
  const disagreeing = measured.filter(({ agrees }) => agrees === false);
  const answers = canaryAnswers(stream, { canaryVersion: CANARY_VERSION, ...slowLimit(record) });
  const droppable = droppableIterations(policy, trial);
  // what was never sent and what was lost are missing from the same windows
  const spare = Math.max(0, droppable - (record.books?.droppedIterations ?? 0));
  const findings = [
    ...lossFindings(record, spare),
    ...emptyFindings(record, measured),
    ...injectionFindings(record, measured),
    ...disagreements(record, disagreeing),
  ];
  const reason = endReason(record, analyses);
  const drawn = levelOf(record);
  const { books, unsent } = withDroppable(record.books, droppable);
  const { outcome, why } = verdict({
    books,
    ...{ lost: answers.lost, spare },
    codes: new Set(findings.map(({ code }) => code)),
    disagreements: disagreeing.length,
    unreplayed: measured.length - replayed.length,
    measured: measured.length,
    record,
    analyses,
  });
  const spared =
    outcome === 'passed' && answers.lost > 0
      ? `${answers.lost} requests were lost, and up to ${spare} cannot change the outcome`
      : undefined;
  const abortAfterMs = record.abortedMs === undefined ? undefined : record.abortedMs - record.faultMs;
  const lastCanaryAfterMs =
    record.abortedMs === undefined || answers.lastMs === undefined ? undefined : answers.lastMs - record.abortedMs;
  // requests that were lost, and an oracle that disagrees, have names of their own; another end follows from a layer
  const hasOtherEnd = outcome === 'failed' && end !== trial.expect;
  const blamed = (hasOtherEnd && record.layers?.once([])) || [];
  return {
    findings: [...blamed, ...findings],
    books,
    boundary: {
      claimId: claim.id,
      name: trial.name,
      declared: conditionText(record),
      injected: injectedText(record),
      side: trial.side,
      ...(drawn === undefined ? {} : { level: drawn }),
      expected:
        trial.expect === 'undecided' ? 'either end: the limit lies inside the resolution of the metric' : trial.expect,
      observed: [end, reason, why, unsent, spared, ...blamed.map(({ sentence }) => sentence.replace(/\.$/, ''))]
        .filter(Boolean)
        .join('; '),
      ...(abortAfterMs === undefined ? {} : { abortAfterMs: Math.max(0, abortAfterMs) }),
      ...(lastCanaryAfterMs === undefined ? {} : { lastCanaryAfterMs: Math.max(0, lastCanaryAfterMs) }),
      lostRequests: answers.lost,
      measurements: measured.length,
      oracleAgrees: replayed.length - disagreeing.length,
      outcome,
    },
  };
}

interface Facts {
  readonly books: BooksReport | undefined;
  readonly lost: number;
  /** So many may be missing without a change of the outcome. */
  readonly spare: number;
  /** Of the findings. */
  readonly codes: ReadonlySet<string>;
  readonly disagreements: number;
  readonly unreplayed: number;
  readonly measured: number;
  readonly record: TrialRecord;
  readonly analyses: readonly AnalysisReport[];
}

function verdict(facts: Facts): { readonly outcome: Outcome; readonly why?: string } {
  const { record, analyses } = facts;
  const { trial, end, policy } = record;
  if (facts.books?.outcome === 'invalid')
    return { outcome: 'invalid', why: `the books are bad: ${facts.books.problems.join('; ')}` };
  if (facts.codes.has('REQUESTS_STALLED'))
    return { outcome: 'invalid', why: `${facts.lost} requests got no answer while the machine stood still` };
  if (facts.lost > facts.spare)
    return {
      outcome: 'failed',
      why: `${facts.lost} requests were lost, and only ${facts.spare} may be missing for the limit to be proven`,
    };
  if (facts.codes.has('ANALYSIS_QUERY_EMPTY'))
    return { outcome: 'failed', why: 'the query found nothing, while the canary answered' };
  if (facts.codes.has('INJECTION_OFF')) return { outcome: 'invalid', why: 'the canary did not err as it was told to' };
  if (facts.disagreements > 0)
    return { outcome: 'failed', why: `${facts.disagreements} measurements differ from the oracle` };
  if (facts.measured === 0) return { outcome: 'inconclusive', why: 'nothing was measured' };
  if (facts.unreplayed > 0)
    return { outcome: 'inconclusive', why: `${facts.unreplayed} measurements could not be replayed` };
  if (trial.expect === 'undecided') return { outcome: 'passed' };
  // seconds that a standing machine takes away, from the fault, its scrape or its measurement, decide a limit in seconds
  if (record.stall) return { outcome: 'invalid', why: stallInWords(record.stall) };
  if (!endedAsDeclared(record)) return { outcome: 'failed' };
  if (end !== 'aborted') return { outcome: 'passed' };
  // an abort for another reason is no proof of this limit
  const guilty = analyses.some(({ metric, phase }) => metric === policy.claim.metric && /Failed|Error/.test(phase));
  return guilty ? { outcome: 'passed' } : { outcome: 'failed', why: `${policy.claim.metric} did not fail` };
}

const stallInWords = ({ fromMs, toMs, why }: UnhealthyInterval): string =>
  `the environment stood still for ${seconds(toMs - fromMs)} after the fault began (${why}), so nobody knows for how long the metric was bad`;

function slowLimit({ policy }: TrialRecord): { readonly slowerThanMs?: number } {
  const { limit } = policy.claim;
  return limit.kind === 'slow-share' ? { slowerThanMs: limit.limitMs } : {};
}
