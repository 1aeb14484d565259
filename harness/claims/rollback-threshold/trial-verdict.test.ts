import { describe, expect, it } from 'vitest';
import { type AnalysisReport, boundarySchema } from '../../../reports/model/rollout-report.ts';
import type { BooksReport } from '../../../reports/model/run-report.ts';
import { createRolloutStream } from '../../traffic/recorded-stream.ts';
import type { RollbackPolicy } from './rollback-policy.ts';
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
  claim: { id: 'shop/rollback', metric: 'errors', limit: { kind: 'error-share', share: 0.01 }, weight: 50 },
  metric: {
    template: 'errors',
    name: 'errors',
    query: 'sum(rate(x[5s]))',
    successCondition: 'len(result) == 1 && result[0] < 0.01',
    failureCondition: undefined,
  },
  windowMs: 30_000,
  reachMs: 5_000,
  scrapeIntervalMs: 2_000,
} as unknown as RollbackPolicy;

const slowPolicy = {
  ...policy,
  claim: { ...policy.claim, limit: { kind: 'slow-share', share: 0.01, limitMs: 500, slowMs: 900 } },
} as RollbackPolicy;

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
    {
      atMs: START_MS + 5_000,
      phase,
      value: '[0.015]',
      oraclePhase: phase,
      oracleValue: '[0.015]',
      agrees: true,
      ...change,
    },
  ],
});
const outcome = (given: TrialRecord, analyses: readonly AnalysisReport[]) => {
  const { boundary, findings } = judgeTrial(given, analyses);
  boundarySchema.parse(boundary);
  return [boundary.outcome, ...findings.map(({ code }) => code)];
};

const booksWith = (droppedIterations: number, more: readonly string[] = []): BooksReport => ({
  id: 'b',
  title: 'b',
  sent: 1_000,
  answeredByArm: [],
  errors: 0,
  unattributed: 0,
  interrupted: 0,
  droppedIterations,
  witnesses: [],
  generator: { cpuShare: 0, vusMax: 1, vusAllocated: 1, offeredPerSecond: 60, achievedPerSecond: 60 },
  outcome: 'invalid',
  problems: ['iterations dropped', ...more],
  problemCodes: ['dropped-iterations', ...more],
});

describe('judgeTrial', () => {
  it('passes a trial that ended as its limit says, for that reason', () => {
    const { boundary } = judgeTrial(record(), [analysis('Failed')]);
    expect(boundary).toMatchObject({
      declared: 'errors: errors < 0.01 (1 % errors)',
      injected: '9/600 errors (1.5 %), no traffic',
      level: { limit: 1, injected: 1.5, unit: '% errors', bad: 'above' },
      observed: 'aborted; errors Failed at 1.5 %',
      abortAfterMs: 5_000,
      lastCanaryAfterMs: 4_990,
      lostRequests: 0,
      measurements: 1,
      oracleAgrees: 1,
      outcome: 'passed',
    });
  });

  it.each([
    [policy, 'len(result) == 1 && result[0] < 0.01', '0.0149', '1.49 %'],
    [policy, 'result[0] >= 0.99', '0.97', '97 %'],
    [policy, 'result[0] < 1', '1.5', '1.5 %'],
    [policy, 'result[0] >= 99', '97', '97 %'],
    [policy, 'result[0] == 0', '1', '1'],
    [policy, 'result[0] < 0.01', 'NaN', '[NaN]'],
    [slowPolicy, 'result[0] < 500', '900.5', '900.5 ms'],
    [slowPolicy, 'result[0] <= 0.5', '0.9', '0.9 s'],
    [slowPolicy, 'result[0] < 20', '21', '21'],
  ])('says what was measured in the unit of the limit (%#)', (given, successCondition, value, text) => {
    const asked = { ...given, metric: { ...given.metric, successCondition } } as RollbackPolicy;
    const { boundary } = judgeTrial(record({ policy: asked }), [analysis('Failed', { value: `[${value}]` })]);
    expect(`${boundary.observed};`).toContain(`aborted; errors Failed at ${text};`);
  });

  it('gives limit and injection as numbers of one unit', () => {
    const level = (change: Partial<TrialRecord>) => judgeTrial(record(change), [analysis('Failed')]).boundary.level;
    const fault = (one: TrialRecord['trial']['fault']) => ({ ...record().trial, fault: one });
    expect(level({ policy: slowPolicy })).toEqual({
      limit: 1,
      injected: 1.5,
      unit: '% slower than 500 ms',
      bad: 'above',
    });
    const latency = { policy: slowPolicy, trial: fault({ kind: 'latency', ms: 510 }) };
    expect(level(latency)).toEqual({ limit: 500, injected: 510, unit: 'ms', bad: 'above' });
    // what decides is for how long it lasts, and of nothing there is no number
    expect(level({ trial: fault({ kind: 'hold', share: 0.2, forMs: 9_000 }) })).toBeUndefined();
    expect(level({ level: undefined })).toBeUndefined();
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

  // a window of this trial holds 686 requests of the canary for certain, so that 68 may be missing
  it('fails for more lost requests than may be missing, and counts them apart from injected errors', () => {
    expect(outcome(record({ stream: stream(15, 69) }), [analysis('Failed')])).toEqual(['failed', 'REQUESTS_LOST']);
    const { boundary, findings } = judgeTrial(record({ stream: stream(15, 69) }), [analysis('Failed')]);
    expect(boundary).toMatchObject({
      lostRequests: 69,
      observed:
        'aborted; errors Failed at 1.5 %; 69 requests were lost, and only 68 may be missing for the limit to be proven',
    });
    expect(findings[0]).toMatchObject({
      severity: 'error',
      sentence: 'outside: 69 of 1000 requests were lost: 69 × 503 that no workload signed.',
      where: 'shop-outside',
    });
  });

  it('warns of so few lost requests that the limit is proven all the same', () => {
    const { boundary, findings } = judgeTrial(record({ stream: stream(15, 3) }), [analysis('Failed')]);
    expect(boundary).toMatchObject({
      lostRequests: 3,
      outcome: 'passed',
      observed: 'aborted; errors Failed at 1.5 %; 3 requests were lost, and up to 68 cannot change the outcome',
    });
    expect(findings).toMatchObject([{ code: 'REQUESTS_LOST', severity: 'warning' }]);
  });

  it('spares no more for what was lost and what was never sent together', () => {
    const given = (lost: number) => record({ stream: stream(15, lost), books: booksWith(60) });
    expect(outcome(given(8), [analysis('Failed')])).toEqual(['passed', 'REQUESTS_LOST']);
    expect(outcome(given(9), [analysis('Failed')])).toEqual(['failed', 'REQUESTS_LOST']);
  });

  it('blames few lost requests where the rollout ended otherwise', () => {
    const given = record({ end: 'promoted', stream: stream(15, 3) });
    const { boundary, findings } = judgeTrial(given, [analysis('Successful')]);
    expect(boundary.outcome).toBe('failed');
    expect(findings).toMatchObject([{ code: 'REQUESTS_LOST', severity: 'error' }]);
  });

  it('counts a request without any answer as lost', () => {
    const made = stream(15);
    made.add(
      { sequence: 1_000, startMs: START_MS, endMs: START_MS + 5, status: 0, errorCode: 1211, vu: 1, identity: '' },
      null,
    );
    const { findings } = judgeTrial(record({ stream: made }), [analysis('Failed')]);
    expect(findings[0]?.sentence).toContain('1 of 1001 requests was lost: 1 × no answer at all.');
  });

  it('judges nothing when requests went unanswered because everything stood still', () => {
    const answers = (stableMs: number, lostStatus = 0) => {
      const made = stream(15);
      const at = (sequence: number, status: number, tookMs: number, version: string | null) => {
        const startMs = START_MS + sequence;
        const times = { startMs, endMs: startMs + tookMs };
        made.add({ sequence, ...times, status, errorCode: 0, vu: 1, identity: '' }, version);
      };
      for (let sequence = 1_000; sequence < 1_010; sequence += 1) at(sequence, 200, stableMs, 'v1');
      at(1_010, lostStatus, 5_001, null);
      return record({ stream: made });
    };
    expect(outcome(answers(4_000), [analysis('Failed')])).toEqual(['invalid', 'REQUESTS_STALLED']);
    // while others are answered in time, and when a proxy says so itself, it is lost
    expect(outcome(answers(5), [analysis('Failed')])).toEqual(['passed', 'REQUESTS_LOST']);
    expect(outcome(answers(4_000, 503), [analysis('Failed')])).toEqual(['passed', 'REQUESTS_LOST']);
  });

  it('looks for the ordered fault only where measurements looked', () => {
    // the machine stalls: every answer of the last 3 s, after the last measurement, is slow
    const stalled = createRolloutStream();
    for (let sequence = 0; sequence < 1_000; sequence += 1) {
      const startMs = START_MS + sequence * 10;
      const isSlow = Math.floor(((sequence + 1) * 15) / 1_000) > Math.floor((sequence * 15) / 1_000);
      const endMs = startMs + (isSlow || sequence >= 700 ? 950 : 5);
      stalled.add({ sequence, startMs, endMs, status: 200, errorCode: 0, vu: 1, identity: '' }, 'v2', isSlow);
    }
    const given = record({ policy: slowPolicy, stream: stalled });
    expect(outcome(given, [analysis('Failed')])).toEqual(['passed']);
    // and when it was measured meanwhile, it matters
    const late = { atMs: START_MS + 9_000 };
    expect(outcome(given, [analysis('Failed', late)])).toEqual(['invalid', 'INJECTION_OFF']);
    // but a stall is no reason why it was promoted
    const inside = {
      ...given,
      end: 'promoted',
      trial: { ...given.trial, side: 'inside', expect: 'promoted' },
    } as const;
    expect(outcome(inside, [analysis('Successful', late)])).toEqual(['passed']);
    // unless the fault itself was not what was ordered
    const half = { ...inside, level: { ratio: '18/600', share: 0.03, requestsInWindow: 600 } };
    expect(outcome(half, [analysis('Successful', late)])).toEqual(['invalid', 'INJECTION_OFF']);
  });

  it('never takes a query that finds nothing for a verdict while the canary answers', () => {
    const empty = analysis('Inconclusive', { value: '[]', oracleValue: '[]' });
    for (const expect_ of ['paused', 'undecided'] as const) {
      const trial = { ...record().trial, expect: expect_ };
      expect(outcome(record({ trial, end: 'paused' }), [empty])).toEqual(['failed', 'ANALYSIS_QUERY_EMPTY']);
      const silent = { ...trial, traffic: 'none' as const, side: 'special' as const };
      const none = record({ trial: silent, end: 'paused', level: undefined, stream: createRolloutStream() });
      expect(outcome(none, [empty])).toEqual(['passed']);
    }
  });

  it('is void for dropped iterations only where they could have changed it', () => {
    // 686 requests in every window of this traffic, of which a tenth is spare
    const dropped = (droppedIterations: number, more: readonly string[] = []) =>
      record({ books: booksWith(droppedIterations, more) });
    expect(outcome(dropped(68), [analysis('Failed')])).toEqual(['passed']);
    expect(outcome(dropped(69), [analysis('Failed')])).toEqual(['invalid']);
    expect(outcome(dropped(1, ['gaps']), [analysis('Failed')])).toEqual(['invalid']);
    const { boundary, books } = judgeTrial(dropped(29), [analysis('Failed')]);
    expect(boundary.observed).toContain('29 of 1029 requests were not sent, and up to 68 cannot change the outcome');
    expect(books).toMatchObject({ outcome: 'passed', problems: [], droppedIterations: 29 });
  });

  it('takes either end of an undecidable limit, as long as the oracle agrees', () => {
    const undecided = record({ trial: { ...record().trial, expect: 'undecided', side: 'special' }, level: undefined });
    expect(outcome({ ...undecided, end: 'promoted' }, [analysis('Successful')])).toEqual(['passed']);
    expect(outcome(undecided, [analysis('Failed', { agrees: false })])).toEqual(['failed', 'ORACLE_DISAGREES']);
  });
});
