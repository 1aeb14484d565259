/**
 * Several generators in a cluster: one program asks it for so many runners of k6, which share each load as several k6 on
 * one machine do, slot by slot and by the clock. When they are ready depends on the cluster: how long the first took says
 * when the next begin.
 */
import type { LoadRunner } from '../ports/load.ts';
import { EARLY_MS, LONGEST_LEAD_MS, sharedRequest } from './several-generators.ts';

/** For an operator and a scheduler at their ease; those that take longer are late once. */
const FIRST_LEAD_MS = 20_000;
/** Of the time that runners took to be ready, and beyond it. */
const SPARE_SHARE = 0.25;
const SPARE_MS = 2000;

/** @param now the machine's clock, Unix milliseconds */
export function clusterGenerators(one: LoadRunner, count: number, now: () => number): LoadRunner {
  if (count === 1) return one;
  let leadMs = FIRST_LEAD_MS;
  return {
    generators: count,
    async run(request, argvPrefix, onSample, signal) {
      const beganMs = now();
      const shared = { ...sharedRequest(request, count, beganMs + leadMs), sharedBy: count };
      const result = await one.run(shared, argvPrefix, onSample, signal);
      if (result.readyAtMs !== undefined) leadMs = leadAfter(result.readyAtMs - beganMs);
      return result;
    },
  };
}

function leadAfter(readyMs: number): number {
  return Math.min(LONGEST_LEAD_MS, Math.round(readyMs * (1 + SPARE_SHARE)) + SPARE_MS + EARLY_MS);
}
