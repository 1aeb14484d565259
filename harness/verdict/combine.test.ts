import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combineOutcomes, countOutcomes, onEvidence } from './combine.ts';
import type { Outcome } from './outcome.ts';

const all: readonly Outcome[] = ['passed', 'failed', 'inconclusive', 'invalid'];

describe('outcomes', () => {
  it('computed from bad evidence are invalid, a fail too', () => {
    expect(all.map((outcome) => onEvidence(outcome, 'invalid'))).toEqual(all.map(() => 'invalid'));
    expect(all.map((outcome) => onEvidence(outcome, 'passed'))).toEqual(all);
  });

  it('that passed do not stand on evidence that did not', () => {
    for (const evidence of ['failed', 'inconclusive'] as const)
      expect(all.map((outcome) => onEvidence(outcome, evidence))).toEqual([
        ...['inconclusive', 'failed', 'inconclusive', 'invalid'],
      ]);
  });

  it('that nobody knows are no pass', () => {
    const unknown = ['passed', 'fine' as Outcome];
    expect(combineOutcomes(unknown as Outcome[])).toBe('invalid');
  });

  it('combine so that nothing hides a fail and only all-passed is green', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...all)), (outcomes) => {
        const combined = combineOutcomes(outcomes);
        expect(combined === 'failed').toBe(outcomes.includes('failed'));
        expect(combined === 'passed').toBe(outcomes.length > 0 && outcomes.every((outcome) => outcome === 'passed'));
        if (combined === 'invalid') expect(outcomes).toContain('invalid');
        const counts = countOutcomes(outcomes);
        expect(all.reduce((sum, outcome) => sum + counts[outcome], 0)).toBe(outcomes.length);
      }),
      { seed: 40, numRuns: 200 },
    );
    expect(combineOutcomes([])).toBe('inconclusive');
    expect(combineOutcomes(['inconclusive', 'invalid', 'passed'])).toBe('invalid');
  });
});
