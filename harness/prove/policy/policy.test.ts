/** The pure parts of the proof: a right prediction stands, wrong ones fall, and an interrupted proof goes on. */
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CounterRandom } from '../../simulation/counter-random.ts';
import { fewOf } from '../../testkit/runner/thorough.ts';
import { missingRuns, openJournal, type Prediction, type RealRun } from './journal.ts';
import { drawer, type PredictedLevel } from './predicted.ts';
import { refutations } from './refuted.ts';
import { decisive } from './trial-policy.ts';
import { proofOf } from './verdict.ts';

/** Enough to tell one in a thousand. */
const DRAWS = 2000;
const level = (stopped: number, late = 0): PredictedLevel => ({
  ...{ errorShare: 0.01, wanted: stopped / 1000, releases: 1000, stopped },
  cells: { promoted: 1000 - stopped, 'aborted 1': stopped - late, 'aborted 3': late },
  seconds: { 0: stopped - late, 20: late },
});
const levels = [level(100, 20), level(500, 100), level(900, 300)];
const prediction: Prediction = {
  format: 'canaryproof.dev/policy-prediction/v1alpha1',
  ...{
    writtenAt: '2026-11-29T00:00:00.000Z',
    of: 'x',
    intervalMs: 10_000,
    seed: 1,
    runsPerLevel: 20,
    levels: [...levels],
  },
};

/** Real runs as they would be, were another prediction the truth. */
function runsOf(truth: readonly PredictedLevel[], seed: number): RealRun[] {
  const random = new CounterRandom();
  random.seek(seed, 0, 0, 0, 0);
  return truth.flatMap(({ cells }, at) => {
    const next = drawer(cells, random);
    return Array.from({ length: 20 }, (_, number) => {
      const [outcome = '', count = '6'] = next().split(' ');
      const measuredMs = Array.from({ length: Number(count) }, (_, index) => index * 10_000);
      const counts = { measurements: measuredMs.length, replayed: measuredMs.length };
      return { level: at, number, at: '', outcome: outcome as RealRun['outcome'], measuredMs, ...counts };
    });
  });
}

it('what decides is the same wherever it stands and whatever version is released, and nothing else is', () => {
  const of = (namespace: string, version: string, bound = '0.99') => {
    const query = `rate(requests{namespace="${namespace}",version="${version}"}[30s])`;
    const parts = { plan: { steps: [] }, background: undefined, steps: { 2: { metrics: [{ query, bound }] } } };
    const rollout = { spec: { template: { metadata: { labels: { version } } } } };
    return decisive(parts as never, rollout as never, namespace);
  };
  expect(of('shop', 'v1.0.0')).toBe(of('policy-0-1', 'v1'));
  expect(of('shop', 'v1', '0.98')).not.toBe(of('shop', 'v1'));
});

describe('a prediction', () => {
  it('that is right stands, in nearly all proofs', () => {
    for (const seed of fewOf(1, [1, 2, 3, 4]))
      expect(proofOf({ prediction, runs: runsOf(levels, seed) }, DRAWS).outcome).toBe('passed');
  });

  it.each<[string, readonly PredictedLevel[]]>([
    ['of the shares falls', [level(500, 100), level(500, 100), level(500, 100)]],
    ['of the times falls', [level(100, 100), level(500, 500), level(900, 900)]],
  ])('that is wrong %s', (_, truth) => {
    const proof = proofOf({ prediction, runs: runsOf(truth, 5) }, DRAWS);
    expect(proof.outcome).toBe('failed');
    expect(Math.min(...proof.refutations.map(({ chance }) => chance))).toBeLessThan(1e-3);
  });

  it('falls with what was never simulated, and with a measurement that the oracle sees otherwise', () => {
    const stuck = runsOf(levels, 1).map((run, at) => (at < 2 ? { ...run, outcome: 'stuck' as const } : run));
    expect(proofOf({ prediction, runs: stuck }, DRAWS).outcome).toBe('failed');
    const disagreed = runsOf(levels, 1).map((run, at) => (at === 0 ? { ...run, replayed: run.replayed - 1 } : run));
    expect(proofOf({ prediction, runs: disagreed }, DRAWS)).toMatchObject({ outcome: 'failed' });
  });

  it('is undecided while runs are missing, and void runs do not count', () => {
    const runs = runsOf(levels, 1).map((run, at) => (at === 7 ? { ...run, void: 'dropped iterations' } : run));
    const proof = proofOf({ prediction, runs }, DRAWS);
    expect(proof).toMatchObject({ outcome: 'inconclusive', missing: 1, runs: 59 });
    expect(missingRuns({ prediction, runs })).toEqual([{ level: 0, number: 7 }]);
    expect(
      missingRuns({ prediction, runs: [] })
        .slice(0, 4)
        .map((run) => run.level),
    ).toEqual([0, 1, 2, 0]);
    expect(proof.text).toContain('1 runs are missing; the same command goes on');
  });
});

it('chi-squared and the distance are those of the textbook', () => {
  const predicted = [{ ...level(500), cells: { promoted: 500, 'aborted 1': 500 }, seconds: { 0: 250, 10: 250 } }];
  const [chi, kolmogorov] = refutations(
    { predicted, cells: [{ promoted: 15, 'aborted 1': 5 }], seconds: [{ 0: 4 }] },
    2 * DRAWS,
  );
  // (15 - 10)² / 10 twice; half the distribution off, times the root of 4
  expect([chi!.statistic, kolmogorov!.statistic]).toEqual([5, 1]);
  // exact: P(|Bin(20, .5) - 10| >= 5) = .0414, P(all four alike) = .125
  expect(chi!.chance).toBeCloseTo(0.0414, 2);
  expect(kolmogorov!.chance).toBeCloseTo(0.125, 1);
});

describe('a journal', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), 'prove-policy-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('holds the prediction from before the first run on, and is gone on with', async () => {
    const folder = path.join(root, 'one');
    const first = await openJournal(folder, 'x', () => prediction);
    expect(JSON.parse(await readFile(path.join(folder, 'prediction.json'), 'utf8'))).toEqual(prediction);
    const [run] = runsOf(levels, 1);
    await first.add(run!);
    // the process ended in the middle of a line
    await appendFile(path.join(folder, 'runs.jsonl'), '{"level":0,"num');
    const second = await openJournal(folder, 'x', () => {
      throw new Error('a prediction is written once');
    });
    expect([second.runs, second.prediction]).toEqual([[run], prediction]);
    expect(missingRuns(second)).toHaveLength(59);
  });

  it('is refused for another policy, and where somebody wrote into it', async () => {
    const folder = path.join(root, 'two');
    await openJournal(folder, 'x', () => prediction);
    await expect(openJournal(folder, 'y', () => prediction)).rejects.toMatchObject({
      code: 'PROVE_POLICY_OTHER',
      exitCode: 2,
    });
    await writeFile(path.join(folder, 'runs.jsonl'), '{}\n');
    await expect(openJournal(folder, 'x', () => prediction)).rejects.toMatchObject({
      code: 'PROVE_POLICY_DAMAGED',
      exitCode: 5,
    });
  });
});
