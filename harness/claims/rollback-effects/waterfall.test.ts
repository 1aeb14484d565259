import { describe, expect, it } from 'vitest';
import { waterfallSchema } from '../../../reports/model/rollout-report.ts';
import { ROLLBACK_EVENTS, type RollbackFacts, waterfallOf, waterfallProblems } from './waterfall.ts';

const START_MS = 1_000_000;
const times = Object.fromEntries(
  ROLLBACK_EVENTS.map((name, i) => [name, { atMs: START_MS + i * 100, detail: name }]),
) as RollbackFacts['times'];
const facts: RollbackFacts = {
  title: 'x',
  rollout: 'a/b',
  times,
  optional: [],
  proxies: [{ proxy: 'p', acknowledgedAtMs: START_MS + 600 }],
  answers: { badAnswers: 1, canaryAnswers: 2, distinctUsers: 1, requests: 3 },
};

describe('the waterfall of a rollback', () => {
  it('has every event in the order of time', () => {
    expect(waterfallProblems(facts)).toEqual([]);
    const report = waterfallSchema.parse(waterfallOf(facts, 'passed'));
    expect(report.events.map(({ name }) => name)).toEqual(ROLLBACK_EVENTS);
  });

  it('names what did not happen, unless it need not', () => {
    const { 'commit-status-posted': _, ...without } = times;
    expect(waterfallProblems({ ...facts, times: without })).toEqual([
      'It was not seen that a commit status was posted.',
    ]);
    expect(waterfallProblems({ ...facts, times: without, optional: ['commit-status-posted'] })).toEqual([]);
  });

  it('names a proxy that never followed, and a canary that went on answering', () => {
    expect(waterfallProblems({ ...facts, proxies: [{ proxy: 'p' }] })).toEqual([
      'The proxy p never acknowledged the weight of 0.',
    ]);
    const late = { ...times, 'last-canary-answer': { atMs: START_MS + 9_000, detail: '' } };
    expect(waterfallProblems({ ...facts, times: late })[0]).toMatch(/still answered 8\.4 s after/);
  });
});
