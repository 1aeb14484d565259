/** What the recorded runs of Argo do not hold (argo-contract.thorough.test.ts has the rest). */
import { describe, expect, it } from 'vitest';
import { NEW_ANALYSIS, reconcileAnalysis } from './analysis-machine.ts';
import type { AnalysisRunSpec } from './analysis-types.ts';
import { argoFeatures } from './argo-version.ts';

function phaseOf(dryRun: AnalysisRunSpec['dryRun']) {
  const metrics = [{ name: 'errors', provider: { prometheus: { query: 'q' } } }];
  return reconcileAnalysis({ metrics, ...(dryRun ? { dryRun } : {}) }, NEW_ANALYSIS, {}, 0, argoFeatures()).state;
}

describe('a rule of dryRun', () => {
  it('that matches no metric makes the run an Error before it measures', () => {
    expect(phaseOf([{ metricName: 'latency' }])).toMatchObject({
      phase: 'Error',
      reason: "Analysis spec invalid: dryRun[0]: Rule didn't match any metric name(s)",
    });
    expect(phaseOf([{ metricName: 'err.*' }]).phase).toBe('Running');
    expect(phaseOf(undefined).phase).toBe('Running');
  });
});
