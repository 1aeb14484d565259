import { describe, expect, it } from 'vitest';
import { NEW_ANALYSIS, reconcileAnalysis } from './analysis-machine.ts';
import type { AnalysisMetric, AnalysisPhase } from './analysis-types.ts';
import { problemOfMetric } from './analysis-validation.ts';
import { argoFeatures } from './argo-version.ts';
import { metricVerdict, NO_MEASUREMENTS, withMeasurement } from './metric-verdict.ts';

const PHASES: Readonly<Record<string, AnalysisPhase>> = { S: 'Successful', F: 'Failed', I: 'Inconclusive', E: 'Error' };
const FEATURES = argoFeatures();
const provider = { prometheus: { query: 'up' } };

/** Verdict after each of the measurements (S, F, I, E), until one is final. */
function verdicts(fields: Partial<AnalysisMetric>, measured: string, version?: string): string[] {
  const metric = { name: 'm', provider, ...fields };
  let counters = NO_MEASUREMENTS;
  let phase: AnalysisPhase = 'Running';
  return [...measured].map((letter) => {
    if (phase === 'Running') counters = withMeasurement(counters, PHASES[letter]!);
    phase = metricVerdict(metric, { counters, phase }, false, argoFeatures(version)).phase;
    return phase;
  });
}

describe('metricVerdict', () => {
  it('needs the fourth failure for a limit of three, wherever the failures are', () => {
    expect(verdicts({ interval: '10s', failureLimit: 3 }, 'FSFSFSF').indexOf('Failed')).toBe(6);
  });

  it('takes five errors in a row by default, and forgets them after anything else', () => {
    expect(verdicts({ interval: '10s' }, 'EEEESEEEEE').indexOf('Error')).toBe(9);
    expect(verdicts({ interval: '10s', consecutiveErrorLimit: 0 }, 'E')).toEqual(['Error']);
  });

  it('measures once without interval, and without end without count', () => {
    expect(verdicts({}, 'S')).toEqual(['Successful']);
    expect(verdicts({ count: 0 }, 'ES')).toEqual(['Running', 'Successful']);
    expect(verdicts({ interval: '10s' }, 'SSSSSSSSSSSS').at(-1)).toBe('Running');
    expect(verdicts({ interval: '10s', count: '2' }, 'SES')).toEqual(['Running', 'Running', 'Successful']);
  });

  it('lets errors override failures when both limits are broken', () => {
    const counters = { ...NO_MEASUREMENTS, count: 1, failed: 1, error: 5, consecutiveError: 5 };
    expect(metricVerdict({ name: 'm', provider }, { counters, phase: 'Running' }, false, FEATURES).phase).toBe('Error');
  });

  it('knows consecutiveSuccessLimit since 1.8 only', () => {
    const fields = { interval: '10s', count: 5, consecutiveSuccessLimit: 2 };
    expect(verdicts({ ...fields, failureLimit: 3 }, 'FSS')).toEqual(['Running', 'Running', 'Successful']);
    expect(verdicts({ ...fields, failureLimit: 3 }, 'SFSFS').at(-1)).toBe('Inconclusive');
    expect(verdicts({ ...fields, failureLimit: -1 }, 'SFSFS').at(-1)).toBe('Failed');
    expect(verdicts({ ...fields, failureLimit: 3 }, 'FSS', 'v1.7.2').at(-1)).toBe('Running');
  });

  it('can end Successful with failures and many errors (argo-rollouts#4479)', () => {
    expect(verdicts({ interval: '10s', count: 3, failureLimit: 2 }, 'FEEEEFEEEES').at(-1)).toBe('Successful');
  });
});

describe('a healthy canary without data', () => {
  it('is aborted by its fifth error, 40 s after the first', () => {
    const spec = { metrics: [{ name: 'm', provider, interval: '30s' }] };
    let { state, nextAtMs } = { state: NEW_ANALYSIS, nextAtMs: 700 as number | undefined };
    const times: number[] = [];
    while (nextAtMs !== undefined) {
      const nowMs: number = nextAtMs + 1;
      times.push(nowMs);
      ({ state, nextAtMs } = reconcileAnalysis(
        spec,
        state,
        { m: { phase: 'Error', finishedMs: nowMs } },
        nowMs,
        FEATURES,
      ));
    }
    expect(state.phase).toBe('Error');
    expect(times).toHaveLength(5);
    expect(times.at(-1)! - times[0]!).toBeLessThanOrEqual(40_004);
  });
});

describe('problemOfMetric', () => {
  it.each([
    ['1.9.2', { failureLimit: -1, consecutiveSuccessLimit: 1 }, undefined],
    ['1.7.2', { failureLimit: -1 }, 'failureLimit must be >= 0'],
    ['1.9.2', { failureLimit: -1 }, 'failureLimit and consecutiveSuccessLimit cannot both be disabled'],
    ['1.9.2', { interval: '1d' }, 'interval is no duration: 1d'],
    ['1.9.2', { count: 2 }, 'interval must be specified when count > 1'],
    ['1.9.2', { provider: {} }, 'no provider specified'],
  ] as const)('of %s with %j is %s', (version, fields, problem) => {
    expect(problemOfMetric({ name: 'm', provider, ...fields }, argoFeatures(version))).toBe(problem);
  });
});
