/** What must hold between two simulations, run by run, because both see the same traffic; and controls that break it. */

import { describe, expect, it, vi } from 'vitest';
import { runsOf } from '../testkit/runner/thorough.ts';
import { okShare, policy, referencePolicy, scenario } from './policy-fixture.ts';
import { Column } from './scraped-store.ts';
import { createSimulator, type Release } from './simulate-release.ts';

const RUNS = runsOf(100, 400);
const doubtful = scenario({ canaryErrors: 0.007 });

function releases(of = referencePolicy('1m', 1), meeting = doubtful, seed = 3): Release[] {
  const { simulate } = createSimulator(of, meeting, seed);
  return Array.from({ length: RUNS }, (_, run) => simulate(run));
}

const aborted = (all: readonly Release[]) => all.map(({ outcome }) => outcome === 'aborted');

describe('two policies on the same traffic', () => {
  it('never abort more with a looser limit or a looser threshold, in any run', () => {
    const strict = aborted(releases());
    const looserLimit = aborted(releases(referencePolicy('1m', 2)));
    const successCondition = 'result[0] >= 0.985';
    const looserThreshold = aborted(
      releases(policy({ query: okShare('1m'), interval: '30s', failureLimit: 1, successCondition })),
    );
    for (const looser of [looserLimit, looserThreshold]) {
      expect(looser.filter((isAborted, run) => isAborted && !strict[run])).toEqual([]);
      expect(looser.filter(Boolean).length).toBeLessThan(strict.filter(Boolean).length);
    }
  });

  it('control: on traffic of their own, some runs abort under the looser limit only', () => {
    const strict = aborted(releases());
    const looser = aborted(releases(referencePolicy('1m', 2), doubtful, 4));
    expect(looser.filter((isAborted, run) => isAborted && !strict[run]).length).toBeGreaterThan(0);
  });

  it('are the same a second later, in any order of the runs, and byte for byte again; not with another seed', () => {
    const text = JSON.stringify(releases());
    expect(JSON.stringify(releases())).toBe(text);
    expect(JSON.stringify(releases(undefined, { ...doubtful, startMs: 1000 }))).toBe(text);
    const { simulate } = createSimulator(referencePolicy('1m', 1), doubtful, 3);
    const backwards = Array.from({ length: RUNS }, (_, index) => simulate(RUNS - 1 - index)).reverse();
    expect(JSON.stringify(backwards)).toBe(text);
    expect(JSON.stringify(releases(undefined, undefined, 4))).not.toBe(text);
  });
});

describe('controls', () => {
  it('without the birth rule a canary that only fails is no Error: V6 notices', () => {
    const write = vi.spyOn(Column.prototype, 'write').mockImplementation(function (this: Column, index: number) {
      this.born = 0;
      this.values[index] = this.total;
    });
    const all = releases(referencePolicy('1m', 2), scenario({ canaryErrors: 1 }));
    write.mockRestore();
    expect(all.every(({ verdict }) => verdict === 'Error')).toBe(false);
  });

  it('with Errors counted as failures an empty answer aborts at once: V6 notices', () => {
    const { compiled, simulate } = createSimulator(referencePolicy('1m', 0), scenario({ canaryErrors: 1 }), 1);
    expect(simulate(0)).toMatchObject({ verdict: 'Error', durationMs: 40_250 });
    for (const metric of compiled.metrics) Object.assign(metric, { judge: () => ({ phase: 'Failed' }) });
    expect(simulate(0)).toMatchObject({ verdict: 'Failed', durationMs: 50 });
  });
});
