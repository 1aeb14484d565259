import { describe, expect, it } from 'vitest';
import { readPolicy } from './policy.ts';
import { okShare, policySource, scenario } from './policy-fixture.ts';
import { createSimulator } from './simulate-release.ts';
import { treatMetrics } from './treat-metrics.ts';

const { rollout, templates } = policySource(
  { query: okShare('1m'), interval: '30s', count: 3, successCondition: 'result[0] >= 0.99' },
  { steps: ['10/60'], asStep: true },
);
const [template] = templates as readonly { spec: { metrics: readonly object[] } }[];
const job = { name: 'smoke', interval: '2m', count: 4, failureLimit: 1, provider: { job: {} } };
const both = [{ ...template, spec: { metrics: [...template!.spec.metrics, job] } }];

const durations = (treatAs: Readonly<Record<string, string>>) => {
  const policy = readPolicy(rollout, treatMetrics(both, treatAs), 'demo');
  const { simulate } = createSimulator(policy, scenario(), 1);
  return simulate(0);
};

describe('a metric whose provider cannot be simulated', () => {
  it('is refused, unless somebody says what it does', () => {
    expect(() => durations({})).toThrow(expect.objectContaining({ code: 'SIMULATION_PROVIDER' }));
    // its four measurements take six minutes; ignored, the step ends with the three of the other one
    const [pass, ignore] = [durations({ smoke: 'pass' }), durations({ smoke: 'ignore' })];
    expect([pass.outcome, ignore.outcome]).toEqual(['promoted', 'promoted']);
    expect(pass.durationMs - ignore.durationMs).toBe(300_000);
  });

  it('leaves the others as they are, in their places', () => {
    const [treated] = treatMetrics(both, { smoke: 'ignore' }) as unknown as typeof both;
    expect(treated!.spec.metrics).toHaveLength(2);
    expect(treated!.spec.metrics[0]).toBe(template!.spec.metrics[0]);
    expect(treatMetrics(both, {})[0]).toBe(both[0]);
  });

  it.each([{ other: 'pass' }, { smoke: 'maybe' }])('%j is refused', (treatAs) => {
    expect(() => treatMetrics(both, treatAs)).toThrow(expect.objectContaining({ code: 'SIMULATION_TREAT_AS' }));
  });
});
