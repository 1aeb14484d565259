import { describe, expect, it } from 'vitest';
import { drawnVersion } from '../../testkit/fakes/scripted-load.ts';
import type { RolloutLoadResult } from '../../traffic/recorded-load.ts';
import { createRolloutStream } from '../../traffic/recorded-stream.ts';
import { judgeSteps, type StepQuestion } from './step-verdict.ts';

const START_MS = Date.UTC(2026, 0, 2);
const PER_SECOND = 200;

const question = {
  claim: { id: 'shop/steps', release: { version: 'v2' } },
  path: 'ingress',
  rollout: {
    ref: { namespace: 'shop', name: 'shop' },
    steps: [{ setWeight: 20 }, { setWeight: 50 }, { setWeight: 80 }],
  },
  stableVersion: 'v1',
  assurance: 'smoke',
  ratePerSecond: PER_SECOND,
} as unknown as StepQuestion;

/** `pieces`: share of the canary and how many seconds it lasts. */
function judged(pieces: readonly (readonly [share: number, seconds: number])[], heldBackMs = 0, asked = question) {
  const stream = createRolloutStream();
  for (const share of pieces.flatMap(([of, seconds]) => Array<number>(seconds * PER_SECOND).fill(of))) {
    const sequence = stream.length;
    const startMs = START_MS + (sequence * 1000) / PER_SECOND;
    const endMs = startMs + 5 + (sequence % 5 === 0 ? heldBackMs : 0);
    const sample = { sequence, startMs, endMs, status: 200, errorCode: 0, vu: 1, identity: '' };
    stream.add(sample, drawnVersion(share)(sequence));
  }
  const books = { outcome: 'passed', problems: [] };
  const { outcome, splits, findings } = judgeSteps(asked, { stream, books } as unknown as RolloutLoadResult);
  return { outcome, splits: splits.map((split) => split.outcome), codes: findings.map(({ code }) => code) };
}

describe('judgeSteps', () => {
  it('passes the declared steps', () => {
    const whole = judged([
      [0, 8],
      [0.2, 20],
      [0.5, 25],
      [0.8, 20],
      [1, 8],
    ]);
    expect(whole).toEqual({ outcome: 'passed', splits: Array(5).fill('passed'), codes: [] });
  });

  it('fails where a step was skipped, though each that came held its share', () => {
    const skipping = judged([
      [0, 8],
      [0.2, 20],
      [0.8, 20],
      [1, 8],
    ]);
    expect(skipping).toEqual({ outcome: 'failed', splits: Array(4).fill('passed'), codes: ['STEP_MISSING'] });
  });

  it('takes a mixture of both sides for the change, as long as a route holds requests back', () => {
    const oneStep = { ...question, rollout: { ...question.rollout, steps: [{ setWeight: 20 }] } };
    const mixed = [
      [0, 8],
      [0.2, 20],
      [0.6, 3],
      [1, 8],
    ] as const;
    expect(judged(mixed, 3_000, oneStep)).toEqual({ outcome: 'passed', splits: Array(3).fill('passed'), codes: [] });
    expect(judged(mixed, 0, oneStep)).toMatchObject({ outcome: 'failed', codes: ['STEP_UNDECLARED'] });
  });
});
