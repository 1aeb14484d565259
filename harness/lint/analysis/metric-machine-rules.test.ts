import { describe, expect, it } from 'vitest';
import { analysisFindingsOf, CANARY_SUCCESS, metricOf } from './analysis-fixture.ts';

function codesOf(rest: Record<string, unknown>, canary: Record<string, unknown> = {}, spec = {}) {
  const found = analysisFindingsOf({ metrics: [metricOf(CANARY_SUCCESS, rest)], canary, spec });
  return found.map(({ severity, code }) => `${severity} ${code}`);
}

describe('counting', () => {
  it('can be such that nothing fails', () => {
    expect(codesOf({ count: 20, failureLimit: 20 })).toEqual(['error ANALYSIS_CANNOT_FAIL']);
    expect(codesOf({ count: 1, failureLimit: 1 })).toEqual(['error ANALYSIS_CANNOT_FAIL']);
    expect(codesOf({ count: 20, failureLimit: 19 })).toEqual([]);
    expect(codesOf({ count: '20', failureLimit: '20' })).toEqual(['error ANALYSIS_CANNOT_FAIL']);
    expect(codesOf({ count: 20, failureLimit: 21 })).toEqual(['error ANALYSIS_METRIC_INVALID']);
  });

  it('does not matter to a dry run', () => {
    const spec = { dryRun: [{ metricName: 'success-rate' }] };
    expect(codesOf({ count: 3, failureLimit: 3 }, {}, spec)).toEqual(['warning ANALYSIS_DRY_RUN_ALL']);
  });

  it('may go on with the rollout', () => {
    const background = {
      steps: [{ setWeight: 10 }, { pause: {} }],
      analysis: { templates: [{ templateName: 'check' }] },
    };
    expect(codesOf({ count: undefined, failureLimit: 100 }, background)).toEqual([]);
    expect(codesOf({ count: undefined, failureLimit: 100 })).toEqual(['warning ANALYSIS_STEP_ENDLESS']);
    expect(codesOf({ count: undefined, interval: undefined })).toEqual([]);
  });

  it('knows consecutive successes', () => {
    expect(codesOf({ count: 5, failureLimit: -1, consecutiveSuccessLimit: 3 })).toEqual([]);
    expect(codesOf({ count: 2, failureLimit: -1, consecutiveSuccessLimit: 3 })).toEqual([
      'error ANALYSIS_METRIC_INVALID',
    ]);
  });
});
