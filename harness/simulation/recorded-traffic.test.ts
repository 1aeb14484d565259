import { describe, expect, it } from 'vitest';
import { thorough } from '../testkit/runner/thorough.ts';
import { runHere } from './batches.ts';
import { CounterRandom } from './counter-random.ts';
import { CALM_LATENCY, referencePolicy, scenario } from './policy-fixture.ts';
import {
  checkLength,
  checkRecording,
  fanoOf,
  meansOf,
  RecordedTraffic,
  type Recording,
  thinned,
} from './recorded-traffic.ts';
import { simulate } from './simulate.ts';
import { createSimulator } from './simulate-release.ts';

const INTERVAL_MS = 15_000;
/** 100 requests/s for two hours; the errors come one by one, or all in one interval of twenty. */
function recording(kind: 'even' | 'bursts'): Recording {
  const requests = new Array<number>(480).fill(1500);
  const errors = requests.map((_, index) => (kind === 'even' ? 3 : index % 20 === 0 ? 60 : 0));
  return { intervalMs: INTERVAL_MS, requests, errors };
}
const meeting = (of: Recording) => {
  const { ratePerSecond, errorShare } = meansOf(of);
  const good = { errorShare, latency: CALM_LATENCY };
  return scenario({ ratePerSecond, stable: good, canary: good, recording: of });
};
const stopped = (of: Recording, policy = referencePolicy('1m', 0), releases = 300) => {
  const { simulate: release } = createSimulator(policy, meeting(of), 7);
  return Array.from({ length: releases }, (_, run) => release(run)).filter(({ outcome }) => outcome !== 'promoted')
    .length;
};

describe('a block bootstrap', () => {
  it('keeps what follows what, for ten intervals and ten minutes, and draws other blocks in other runs', () => {
    const numbered = {
      intervalMs: INTERVAL_MS,
      requests: Array.from({ length: 480 }, (_, at) => at),
      errors: new Array<number>(480).fill(0),
    };
    const random = new CounterRandom();
    const traffic = new RecordedTraffic(numbered, 3);
    const seen = (run: number, fromMs: number, toMs: number) => {
      const found: number[] = [];
      traffic.begin(run);
      traffic.within(random, fromMs, toMs, (requests, _, part) => {
        expect(part).toBeCloseTo(1);
        found.push(requests);
      });
      return found;
    };
    const run = seen(0, 0, 80 * INTERVAL_MS);
    expect(run).toHaveLength(80);
    for (let at = 1; at < 80; at += 1) if (at !== 40) expect(run[at]! - run[at - 1]!).toBe(1);
    expect(run[40]! - run[39]!).not.toBe(1);
    expect(seen(1, 0, 80 * INTERVAL_MS)).not.toEqual(run);
    // whoever looks further back before the release meets the same traffic in it
    expect(seen(0, -45 * INTERVAL_MS, 80 * INTERVAL_MS).slice(45)).toEqual(run);
  });

  it('ends although a time lies on the edge of an interval by a hair', () => {
    const random = new CounterRandom();
    const traffic = new RecordedTraffic({ ...recording('even'), intervalMs: 0.1 }, 1);
    traffic.begin(0);
    let parts = 0;
    traffic.within(random, 0.3 - 1e-17, 2.3, (_, __, part) => {
      parts += part;
    });
    expect(parts).toBeCloseTo(20);
  });
});

describe('one version', () => {
  it.each([
    ['the recorded errors', 0.04, 1000, 40],
    ['fewer', 0.01, 1000, 10],
    ['more', 0.52, 1000, 520],
    ['none', 0, 1000, 0],
    ['nothing else', 1, 1000, 1000],
  ])('gets its part of the requests, with %s', (_, errorShare, all, wanted) => {
    const random = new CounterRandom();
    random.seek(1, 2, 3, 4, 5);
    const sum = { good: 0, bad: 0 };
    for (let at = 0; at < 100; at += 1) {
      const { good, bad } = thinned(random, { requests: all, errors: 40, part: 0.25, errorShare }, 0.04);
      sum.good += good;
      sum.bad += bad;
    }
    const within = (count: number, mean: number) => Math.abs(count - mean) <= 5 * Math.sqrt(mean);
    expect([within(sum.good + sum.bad, 25_000), within(sum.bad, wanted * 25)]).toEqual([true, true]);
  });
});

describe('releases on a recording', () => {
  thorough('are stopped by bursts that the same number of single errors would not be', () => {
    expect([fanoOf(recording('even')), fanoOf(recording('bursts'))]).toEqual([0, expect.closeTo(57.1, 0)]);
    const [even, bursts] = [stopped(recording('even')), stopped(recording('bursts'))];
    expect(even).toBeLessThan(15);
    expect(bursts).toBeGreaterThan(100);
  });

  thorough('are told where they come from, with no guess about bursts and a warning for a coarse recording', () => {
    const ask = {
      policy: referencePolicy('1m', 2),
      releases: 60,
      seed: 1,
      fanoKnown: false,
      maxFalse: undefined,
      maxMiss: undefined,
    };
    const bad = { fault: { errorShare: 0.3 }, latency: CALM_LATENCY };
    const report = runHere(simulate({ ...ask, scenario: meeting(recording('even')), bad }));
    expect(report.inputs.recording).toEqual({ intervals: 480, intervalMs: INTERVAL_MS, fano: 0 });
    expect(report.miss?.count).toBe(0);
    expect(report.warnings.map(({ code }) => code)).toEqual(['WINDOWS_OVERLAP']);
    expect(report.assumptions[0]).toContain('as recorded');
    const coarse = { ...recording('even'), intervalMs: 60_000 };
    const { warnings } = runHere(simulate({ ...ask, scenario: meeting(coarse), bad: undefined }));
    expect(warnings).toContainEqual(expect.objectContaining({ code: 'RECORDING_COARSE' }));
  });

  it('are refused where the recording is shorter than one', () => {
    const requests = new Array<number>(20).fill(1500);
    const short = { intervalMs: INTERVAL_MS, requests, errors: requests.map(() => 0) };
    const ask = { policy: referencePolicy('1m', 2), bad: undefined, releases: 10, seed: 1, fanoKnown: true };
    expect(() =>
      runHere(simulate({ ...ask, scenario: meeting(short), maxFalse: undefined, maxMiss: undefined })),
    ).toThrow(expect.objectContaining({ code: 'SIMULATION_RECORDING_SHORT' }));
    expect(() => checkLength({ ...short, intervalMs: 60_000 }, 480_000)).not.toThrow();
  });
});

it.each<[string, Partial<Recording>]>([
  ['SIMULATION_RECORDING', { intervalMs: 0 }],
  ['SIMULATION_RECORDING', { errors: [0] }],
  ['SIMULATION_RECORDING', { requests: [1, 0.5], errors: [0, 0] }],
  ['SIMULATION_RECORDING', { requests: [1, -1], errors: [0, 0] }],
  ['SIMULATION_RECORDING', { requests: [1, 1], errors: [0, 2] }],
  ['SIMULATION_TRAFFIC', { requests: [0, 0], errors: [0, 0] }],
])('%s: %j', (code, changes) => {
  expect(() => checkRecording({ ...recording('even'), ...changes })).toThrow(expect.objectContaining({ code }));
});

it('a week of seconds is a recording, and a million and one intervals are none', () => {
  const long = (length: number) => ({
    intervalMs: 1000,
    requests: new Array(length).fill(1),
    errors: new Array(length).fill(0),
  });
  expect(() => checkRecording(long(604_800))).not.toThrow();
  expect(() => checkRecording(long(1_000_001))).toThrow(expect.objectContaining({ code: 'SIMULATION_RECORDING' }));
});

it('what its source warned of is said with every result', () => {
  const of = { ...recording('even'), warnings: ['Prometheus warned: a store is away'] };
  const ask = {
    policy: referencePolicy('1m', 2),
    scenario: meeting(of),
    bad: undefined,
    releases: 1,
    seed: 1,
    fanoKnown: true,
    maxFalse: undefined,
    maxMiss: undefined,
  };
  expect(runHere(simulate(ask)).warnings).toContainEqual({
    code: 'RECORDING_PARTIAL',
    sentence: 'when the traffic was recorded, Prometheus warned: a store is away',
  });
});
