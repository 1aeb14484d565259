/** What is known of a run under way, in the words of the report, so that its panels can draw it. Pure. */
import type { LivePage } from '../../../reports/html/live-page.ts';
import type { ClaimReport, SplitReport } from '../../../reports/model/run-report.ts';
import type { LiveRun, LiveSplitSoFar } from './live-run.ts';

export interface LiveRecord {
  readonly id: string;
  readonly command: readonly string[];
  readonly startedAt: number;
  readonly failure?: string;
}

export function livePage(record: LiveRecord, run: LiveRun, nowMs: number): LivePage {
  const { id, command, startedAt, failure } = record;
  return {
    ...{ id, startedAt, nowMs, command: command.join(' '), lastAtMs: Math.max(startedAt, run.lastAtMs) },
    ...(failure === undefined ? {} : { failure }),
    claims: run.claims.map(({ title, state, tookMs, startedAtMs }) => ({
      ...{ title, state },
      ...(tookMs === undefined && startedAtMs === undefined ? {} : { tookMs: tookMs ?? nowMs - startedAtMs! }),
    })),
    running: run.running,
    report: { claims: judged(run), splits: run.splits.map(splitSoFar) },
  };
}

function judged({ claims }: LiveRun): ClaimReport[] {
  return claims.flatMap(({ id, title, state, sentence = '', tookMs = 0 }) =>
    state === 'waiting' || state === 'running'
      ? []
      : [{ id, title, outcome: state, sentence, details: [], durationMs: tookMs }],
  );
}

/** Undecided until the run says otherwise: what its acceptance tests have not excluded is what is drawn. */
function splitSoFar({ latest, atMs, trajectory }: LiveSplitSoFar): SplitReport {
  const { arms, n, startedAt, ...known } = latest;
  const { id, claimId, title, path, alpha, beta, margin, cap, failLogE, acceptLogLambda } = known;
  return {
    ...{ id, claimId, title, path, alpha, beta, margin, cap, failLogE, acceptLogLambda, startedAt },
    outcome: 'inconclusive',
    reason: 'under-way',
    sentence: 'Being weighed: a verdict comes when an error rate allows it.',
    arms: arms.map(({ name, declaredShare, count, share, low, high }) => ({
      ...{ name, declaredShare, count, estimate: share },
      decided: { test: 'acceptance', low, high, errorRate: beta },
      interval: { low, high, confidence: 1 - beta },
      smallestDetectableDrift: 1,
    })),
    excludedDrift: Math.max(
      0,
      ...arms.flatMap(({ declaredShare, low, high }) => [declaredShare - low, high - declaredShare]),
    ),
    samples: n,
    unattributed: 0,
    errors: 0,
    fixedSampleSize: cap,
    trajectory: trajectory.map((point) => ({ ...point })),
    guards: [],
    decidedAt: atMs,
    requestsPerSecond: (n * 1000) / Math.max(1, atMs - startedAt),
  };
}
