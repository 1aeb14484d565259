import { describe, expect, it } from 'vitest';
import type { PlantedRun } from './journal.ts';
import { runAll } from './run-all.ts';
import type { Order } from './score.ts';
import { SYSTEMS } from './systems.ts';

const systems = ['a-poisson', 'a-paced', 'c-bucket'].map((key) => SYSTEMS.find((system) => system.key === key)!);
const truth = { low: 305, high: 305 };

/** @param outcome of the n-th run that begins, from 1 on */
async function played(most: number, repeat: number, outcome: (begun: number) => string = () => 'passed') {
  const runs: PlantedRun[] = [];
  const began: string[] = [];
  const running = new Set<string>();
  const run = async ({ system, number }: Order, signal: AbortSignal): Promise<PlantedRun> => {
    const name = `${system.key} ${number}`;
    running.add(name);
    began.push([...running].join(' + '));
    const result = outcome(began.length);
    await new Promise((resolve) => setImmediate(resolve));
    running.delete(name);
    signal.throwIfAborted();
    if (result === 'throws') throw new TypeError(name);
    return {
      ...{ of: 'x', system: system.key, number, at: '', outcome: result, sentence: '', low: 300, high: 310, truth },
      ...{ limitedBy: undefined, serviceMs: undefined, seconds: 1, codes: [], directories: [] },
    };
  };
  const journal = { runs, add: async (one: PlantedRun) => void runs.push(one) };
  const end = runAll({ systems, repeat }, most, { journal, run, told: () => undefined }, new AbortController().signal);
  const error = await end.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { began, runs, error, running };
}

describe('runs of a proof', () => {
  it('come one after the other, each system once before any twice', async () => {
    const { began } = await played(1, 2);
    expect(began).toEqual(['a-poisson 1', 'a-paced 1', 'c-bucket 1', 'a-poisson 2', 'a-paced 2', 'c-bucket 2']);
  });

  it('are beside one another where that changes no truth; one whose truth is measured runs alone', async () => {
    const { began, runs } = await played(3, 2);
    expect(began).toEqual([
      'a-poisson 1',
      'a-poisson 1 + c-bucket 1',
      'a-paced 1',
      'a-poisson 2',
      'a-poisson 2 + c-bucket 2',
      'a-paced 2',
    ]);
    expect(runs).toHaveLength(6);
  });

  it('are fewer at once after one that was spoilt beside another, and it is made again', async () => {
    const { began } = await played(2, 2, (begun) => (begun === 2 ? 'invalid' : 'passed'));
    expect(began).toEqual([
      'a-poisson 1',
      'a-poisson 1 + c-bucket 1',
      'a-paced 1',
      'c-bucket 1',
      'a-poisson 2',
      'a-paced 2',
      'c-bucket 2',
    ]);
  });

  it('one that was spoilt alone leaves them as many', async () => {
    const { began } = await played(2, 2, (begun) => (begun === 3 ? 'invalid' : 'passed'));
    expect(began.filter((names) => names.includes('+'))).toEqual([
      'a-poisson 1 + c-bucket 1',
      'a-poisson 2 + c-bucket 2',
    ]);
  });

  it('end when one throws, and none is left running', async () => {
    const { error, runs, running } = await played(2, 2, (begun) => (begun === 1 ? 'throws' : 'passed'));
    expect(error).toEqual(new TypeError('a-poisson 1'));
    expect(running.size).toBe(0);
    expect(runs.filter(({ number }) => number === 2)).toEqual([]);
  });
});
