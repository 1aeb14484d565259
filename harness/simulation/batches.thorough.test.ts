/** Until limits are decided and shares known well enough: thousands of releases; batches.test.ts holds the rest. */
import './batches.test.ts';
import { describe, expect, it } from 'vitest';
import { runHere } from './batches.ts';
import { CALM_LATENCY, referencePolicy, scenario } from './policy-fixture.ts';
import { simulate } from './simulate.ts';
import type { SimulationInput } from './simulation-input.ts';

const policy = referencePolicy('1m', 0);

const input: SimulationInput = {
  policy,
  scenario: scenario({ ratePerSecond: 5 }),
  bad: { fault: { errorShare: 1 }, latency: CALM_LATENCY },
  releases: 12_000,
  seed: 4,
  fanoKnown: true,
  maxFalse: undefined,
  maxMiss: undefined,
};

describe('stopping by precision', () => {
  it('ends when the limits are decided, long before the most; control: without a precision all are made', () => {
    const decided = runHere(simulate({ ...input, precision: 0.2, maxFalse: 0.5, maxMiss: 0.01 }));
    expect(decided.good.releases).toBe(4000);
    expect(decided.verdict).toBe('passed');
    expect(runHere(simulate({ ...input, releases: 600 })).good.releases).toBe(600);
  });

  it('goes on while a share is not known well enough, and says how well in the end', () => {
    const { good, falseStop } = runHere(simulate({ ...input, bad: undefined, precision: 0.2 }));
    expect((falseStop.high - falseStop.low) / 2 / falseStop.p).toBeLessThanOrEqual(0.2);
    expect(good.releases).toBeLessThan(12_000);
  });
});
