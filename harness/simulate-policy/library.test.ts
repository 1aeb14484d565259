/** The library as others call it: YAML or objects, and errors with codes. */

import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { okShare, policySource } from '../simulation/policy-fixture.ts';
import { thorough } from '../testkit/runner/thorough.ts';
import { type SimulateOptions, simulate } from './library.ts';

const { rollout, templates } = policySource(
  { query: okShare('1m'), interval: '30s', failureLimit: 2, successCondition: 'result[0] >= 0.99' },
  { steps: ['10/120'] },
);
const objects = [rollout, ...templates];
const yaml = objects.map((one) => stringify(one)).join('---\n');
const options: SimulateOptions = { manifests: yaml, ratePerSecond: 100, releases: 60, bad: { errorShare: 0.3 } };

describe('import { simulate }', () => {
  it('takes YAML or objects, and gives the same', () => {
    const report = simulate(options);
    expect(report).toMatchObject({
      rollout: 'shop',
      seed: 1,
      falseStop: { count: 0 },
      miss: { count: 0 },
      verdict: 'passed',
    });
    expect(simulate({ ...options, manifests: objects })).toEqual(report);
  });

  it('several bad canaries, limits, and a precision', () => {
    const bad = [{ errorShare: 0.3, pods: 100, name: 'one pod of a hundred' }, { errorShare: 0.3 }];
    const { others, inputs, verdict, miss } = simulate({ ...options, bad, maxMiss: 0.2, maxFalse: 0.3 });
    expect([inputs.badCanary, miss!.p, others[0]!.miss.p, verdict]).toEqual(['one pod of a hundred', 1, 0, 'failed']);
  });

  thorough('scrapes that fail, outages and users', () => {
    const count = (changes: Partial<SimulateOptions>) => simulate({ ...options, ...changes }).falseStop.count;
    expect(count({ scrapeLoss: 0.6 })).toBeGreaterThan(0);
    expect(count({ outage: { of: 'canary', fromMs: 0 } })).toBe(60);
    const { good, bad } = simulate({ ...options, users: { count: 1000, requests: 3 } });
    expect(bad!.users!.byRequest).toBeLessThan(good.users!.byRequest);
    expect(good.users!.sticky).toBeLessThanOrEqual(100);
  });

  it.each<[string, Partial<SimulateOptions>]>([
    ['SIMULATION_NO_ROLLOUT', { manifests: '' }],
    ['SIMULATION_NO_ROLLOUT', { manifests: 'a: [' }],
    ['SIMULATION_NO_ROLLOUT', { rollout: 'other' }],
    ['SIMULATION_ROLLOUT_AMBIGUOUS', { manifests: [...objects, { ...rollout, metadata: { name: 'cart' } }] }],
    ['SIMULATION_TEMPLATE_MISSING', { manifests: [rollout] }],
    ['SIMULATION_TRAFFIC', { ratePerSecond: 0 }],
    ['SIMULATION_SCRAPE_LOSS', { scrapeLoss: 2 }],
    ['SIMULATION_USERS', { users: { count: 0, requests: 3 } }],
    ['SIMULATION_BAD_CANARY', { bad: { errorShare: 0.3, pods: 0.5 } }],
    ['SIMULATION_RECOMMEND', { recommend: true }],
  ])('%s is a code of an Error', (code, changes) => {
    expect(() => simulate({ ...options, ...changes })).toThrow(expect.objectContaining({ code }));
  });
});
