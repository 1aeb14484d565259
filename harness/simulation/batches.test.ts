/** Simulations as rounds: who runs them, and in what parts, does not show in the result. */

import { describe, expect, it } from 'vitest';
import { runsOf, thorough } from '../testkit/runner/thorough.ts';
import { counted, createBatchRunner, runHere } from './batches.ts';
import { CALM_LATENCY, referencePolicy, scenario } from './policy-fixture.ts';
import { ReleaseCounts } from './release-counts.ts';
import { simulate } from './simulate.ts';
import { createSimulator } from './simulate-release.ts';
import type { SimulationInput } from './simulation-input.ts';

const policy = referencePolicy('1m', 0);
const bad = scenario({ canaryErrors: 0.03 });

describe('counted', () => {
  it('counts what one release after the other counts, with uneven ends and several policies', () => {
    const one = new ReleaseCounts();
    const { simulate: release } = createSimulator(policy, bad, 9);
    for (let run = 0; run < 1203; run += 1) one.add(release(run));
    const other = { policy: referencePolicy('30s', 0), scenario: bad, seed: 9, releases: 40 };
    const both = runHere(counted([{ policy, scenario: bad, seed: 9, releases: 1203 }, other]));
    expect(both[0]!.summary()).toEqual(one.summary());
    expect(both[1]!.releases).toBe(40);
  });

  it('hands out plain data, and takes tallies in the order of the round', () => {
    const rounds = counted([{ policy, scenario: bad, seed: 9, releases: 1001 }]);
    const run = createBatchRunner();
    const round = rounds.next().value as readonly Parameters<typeof run>[0][];
    expect(round.map(({ first, count }) => [first, count])).toEqual([
      [0, 500],
      [500, 500],
      [1000, 1],
    ]);
    const tallies = round.map((batch) => run(structuredClone(batch)));
    const done = rounds.next(structuredClone(tallies));
    expect(done.done && (done.value as readonly ReleaseCounts[])[0]!.summary()).toEqual(
      runHere(counted([{ policy, scenario: bad, seed: 9, releases: 1001 }]))[0]!.summary(),
    );
  });
});

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

describe('the report', () => {
  const report = runHere(
    simulate({ ...input, releases: runsOf(300, 800), bad: { fault: { errorShare: 0.05 }, latency: CALM_LATENCY } }),
  );

  it('has a curve that rises from the good canary to the bad one', () => {
    const [curve] = report.curves;
    expect(curve!.points[0]).toMatchObject({ errorShare: 0 });
    expect(curve!.points.map(({ errorShare }) => errorShare)).toContain(0.05);
    const stopped = curve!.points.map(({ stopped: { p } }) => p);
    expect(stopped.at(-1)!).toBeGreaterThan(stopped[0]!);
    expect(curve!.points.map(({ errorShare }) => errorShare)).toEqual(
      curve!.points.map(({ errorShare }) => errorShare).toSorted((a, b) => a - b),
    );
  });

  it('replays a false stop: its last measurement is the one that stopped it', () => {
    const { replay } = report;
    expect(replay).toMatchObject({ outcome: 'aborted', weights: [{ share: 0.1 }] });
    const { simulate: release } = createSimulator(policy, input.scenario, input.seed);
    expect(release(replay!.run)).toMatchObject({ outcome: 'aborted', durationMs: replay!.durationMs });
    expect(replay!.measurements.at(-1)!.phase).not.toBe('Successful');
    expect(JSON.stringify(replay)).not.toContain('null,null');
  });

  thorough('knows how far it is from the least that any test needs', () => {
    const meeting = scenario({ stable: { errorShare: 0.002, latency: CALM_LATENCY }, canaryErrors: 0.002 });
    const five = { fault: { errorShare: 0.05 }, latency: CALM_LATENCY };
    const { efficiency } = runHere(simulate({ ...input, scenario: meeting, bad: five, releases: 300 }));
    // ln(100) / KL(.05 || .002), Wald
    expect(efficiency!.boundRequests).toBeCloseTo(40.355, 2);
    expect(efficiency!.share).toBeCloseTo(40.355 / efficiency!.usedRequests, 3);
  });
});
