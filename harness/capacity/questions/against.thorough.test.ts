/** How often a canary is called worse than stable, on systems whose capacity is known. */
import { expect, it } from 'vitest';
import { trialStatistics } from '../trial/trial-statistics.ts';
import { PLANTED_SYSTEMS } from '../virtual/planted-systems.ts';
import { trueCapacity } from '../virtual/truth.ts';
import { virtualBins } from '../virtual/virtual-trial.ts';
import { AGAINST_LOAD, type ArmTrial, compareArms, judgeAgainst } from './against.ts';

const RUNS = 60;

it.each([
  ['M/M/1 μ=100 T=200 ms, 5 %', 1],
  ['M/G/1 lognormal cv²=4 μ=100 T=200 ms, 5 %', 1],
  ['Erlang loss c=20 S=50 ms, 1 %', 1],
  // the same on three quarters of the machine
  ['Erlang loss c=20 S=50 ms, 5 %', 0.75],
  ['M/M/1 μ=100 T=50 ms, 5 %', 0.75],
])('%s, a canary of %s of it', (name, part) => {
  const system = PLANTED_SYSTEMS.find((planted) => planted.name === name)!;
  const { limitSeconds, objectiveShare, server } = system;
  const ratePerSecond = AGAINST_LOAD * trueCapacity(system, objectiveShare)!;
  const smaller =
    server.kind === 'queue' ? { ...server, meanSeconds: server.meanSeconds / part } : { ...server, workers: 20 * part };
  const trial = (of: typeof system, seed: number): ArmTrial => {
    const bins = virtualBins(of, ratePerSecond, 60, seed);
    const answers = { dueSeconds: [], latenciesMs: [] };
    return { bins, answers, statistics: trialStatistics(bins, ratePerSecond, limitSeconds) };
  };
  let worse = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const seed = (number: number) => run * 10 + number * 1_000_003;
    const canary = { ...system, server: part === 1 ? server : smaller } as typeof system;
    // arrivals of their own for each: less is known of a difference than with pairs
    const stable = [trial(system, seed(1)), trial(system, seed(4))];
    const other = [trial(canary, seed(2)), trial(canary, seed(3))];
    const load = { ratePerSecond, limitSeconds, confidence: 0.98 };
    if (judgeAgainst(compareArms(stable, other, load), objectiveShare) === 'failed') worse += 1;
  }
  // 98 % two-sided: one equal canary in a hundred, of sixty more than four by chance once in 3000
  if (part === 1) expect(worse).toBeLessThanOrEqual(4);
  else expect(worse).toBeGreaterThanOrEqual(0.9 * RUNS);
});
