import { describe, expect, it } from 'vitest';
import { type AnalysisReport, boundarySchema } from '../../reports/model/rollout-report.ts';
import type { RollbackPolicy } from './rollback-policy.ts';
import { createRolloutStream } from './rollout-stream.ts';
import type { TrialRecord } from './trial.ts';
import { judgeTrial } from './trial-verdict.ts';

const START_MS = 1_000_000;

/** 1000 answers of the canary, `bad` of them errors, spread evenly. */
function stream(bad: number, lost = 0) {
  const made = createRolloutStream();
  for (let sequence = 0; sequence < 1_000; sequence += 1) {
    const startMs = START_MS + sequence * 10;
    const isBad = Math.floor(((sequence + 1) * bad) / 1_000) > Math.floor((sequence * bad) / 1_000);
    const status = sequence < lost ? 503 : isBad ? 500 : 200;
    const sample = { sequence, startMs, endMs: startMs + 5, status, errorCode: 0, vu: 1, identity: '' };
    made.add(sample, sequence < lost ? null : 'v2');
  }
  return made;
}

const policy = {
  claim: { id: 'shop/rollback', metric: 'errors', limit: { kind: 'error-share', share: 0.01 } },
  metric: { name: 'errors', successCondition: 'len(result) == 1 && result[0] < 0.01', failureCondition: undefined },
} as unknown as RollbackPolicy;

const record = (change: Partial<TrialRecord> = {}): TrialRecord => ({
  policy,
  trial: {
    name: 'outside',
    side: 'outside',
    fault: { kind: 'level' },
    traffic: 'steady',
    ratePerSecond: 60,
    condition: 'declared',
    expect: 'aborted',
  },
  namespace: 'shop-outside',
  end: 'aborted',
  message: '',
  level: { ratio: '9/600', share: 0.015, requestsInWindow: 600 },
  faultMs: START_MS,
  heldMs: undefined,
  abortedMs: START_MS + 5_000,
  runs: [],
  stream: stream(15),
  books: undefined,
  ...change,
});
const analysis = (phase: string, change: Partial<AnalysisReport['measurements'][number]> = {}): AnalysisReport => ({
  run: 'r',
  rollout: 'a/b',
  metric: 'errors',
  query: 'q',
  condition: 'c',
  phase,
  measurements: [
    { atMs: START_MS, phase, value: '[0.015]', oraclePhase: phase, oracleValue: '[0.015]', agrees: true, ...change },
  ],
});
const outcome = (given: TrialRecord, analyses: readonly AnalysisReport[]) => {
  const { boundary, findings } = judgeTrial(given, analyses);
  boundarySchema.parse(boundary);
  return [boundary.outcome, ...findings.map(({ code }) => code)];
};

describe('judgeTrial', () => {
  it('passes a trial that ended as its limit says, for that reason', () => {
    const { boundary } = judgeTrial(record(), [analysis('Failed')]);
    expect(boundary).toMatchObject({
      declared: 'errors: errors < 0.01',
      injected: '9/600 errors (1.5 %), no traffic',
      observed: 'aborted; errors Failed at [0.015]',
      abortAfterMs: 5_000,
      lastCanaryAfterMs: 4_990,
      lostRequests: 0,
      measurements: 1,
      oracleAgrees: 1,
      outcome: 'passed',
    });
  });

  it('fails one that ended otherwise, or for another reason', () => {
    expect(outcome(record({ end: 'promoted' }), [analysis('Successful')])).toEqual(['failed']);
    expect(outcome(record(), [analysis('Successful')])).toEqual(['failed']);
  });

  it('fails when the oracle disagrees, whatever the end', () => {
    expect(outcome(record(), [analysis('Failed', { agrees: false, oracleValue: '[0.001]' })])).toEqual([
      'failed',
      'ORACLE_DISAGREES',
    ]);
  });

  it('never passes what was not measured or not replayed', () => {
    expect(outcome(record(), [])).toEqual(['inconclusive']);
    const { agrees: _, ...measurement } = analysis('Failed').measurements[0]!;
    expect(outcome(record(), [{ ...analysis('Failed'), measurements: [measurement] }])).toEqual(['inconclusive']);
  });

  it('judges nothing when the canary did not err as it was told to', () => {
    expect(outcome(record({ stream: stream(60) }), [analysis('Failed')])).toEqual(['invalid', 'INJECTION_OFF']);
    expect(outcome(record({ stream: stream(0) }), [analysis('Failed')])).toEqual(['invalid', 'INJECTION_OFF']);
  });

  it('counts lost requests apart from injected errors', () => {
    const { boundary } = judgeTrial(record({ stream: stream(15, 3) }), [analysis('Failed')]);
    expect(boundary.lostRequests).toBe(3);
  });

  it('takes either end of an undecidable limit, as long as the oracle agrees', () => {
    const undecided = record({ trial: { ...record().trial, expect: 'undecided', side: 'special' }, level: undefined });
    expect(outcome({ ...undecided, end: 'promoted' }, [analysis('Successful')])).toEqual(['passed']);
    expect(outcome(undecided, [analysis('Failed', { agrees: false })])).toEqual(['failed', 'ORACLE_DISAGREES']);
  });
});
