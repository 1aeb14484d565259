/** A whole search more; recommend.test.ts holds one. */
import './recommend.test.ts';
import { describe, expect, it } from 'vitest';
import type { PolicyEdit } from '../../../reports/model/simulation/recommendation.ts';
import { runHere } from '../batches.ts';
import { CALM_LATENCY, okShare, policySource, scenario } from '../policy-fixture.ts';
import { recommend } from './recommend.ts';

/** One short step, so that a release is soon simulated. */
const source = policySource(
  { query: okShare('30s'), interval: '10s', successCondition: 'result[0] >= 0.99' },
  { steps: ['50/60'] },
);

function search(
  changes: { readonly objection?: (edits: readonly PolicyEdit[]) => string | undefined; rate?: number } = {},
) {
  const good = scenario({
    ratePerSecond: changes.rate ?? 20,
    scrapeIntervalMs: 5000,
    stable: { errorShare: 0.01, latency: CALM_LATENCY },
    canaryErrors: 0.01,
  });
  return runHere(
    recommend({
      source,
      varyThreshold: false,
      varySteps: false,
      objection: changes.objection ?? (() => undefined),
      good,
      badScenario: { ...good, canary: { ...good.canary, fault: { errorShare: 0.3 } } },
      releases: 100,
      seed: 3,
      maxFalse: 0.2,
      maxMiss: 0.05,
    }),
  );
}

describe('the search', () => {
  it('leaves out what lint objects to, and says what and why', () => {
    const { recommendation } = search({ objection: () => 'it is forbidden' });
    expect(recommendation.verdict).toBe('none');
    expect(recommendation.refused[0]).toMatchObject({ why: 'it is forbidden' });
    expect(recommendation.edits).toEqual([]);
  });
});
