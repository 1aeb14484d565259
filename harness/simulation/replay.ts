/** A typical false stop again, measurement by measurement. */
import type { Cause, ReplayedRelease } from '../../reports/model/simulation/release-figures.ts';
import type { Policy } from './policy.ts';
import type { Scenario } from './scenario.ts';
import { createSimulator } from './simulate-release.ts';

/** Releases that are looked through, and false stops among which the one of median length is taken. */
const SEARCHED = 5000;
const CANDIDATES = 25;

/** @returns null when none of the first releases was stopped for this cause */
export function replayTypical(
  policy: Policy,
  scenario: Scenario,
  seed: number,
  { cause, releases }: { readonly cause: Cause; readonly releases: number },
): ReplayedRelease | null {
  const { simulate } = createSimulator(policy, scenario, seed);
  const found: { readonly run: number; readonly durationMs: number }[] = [];
  for (let run = 0; run < Math.min(releases, SEARCHED) && found.length < CANDIDATES; run += 1) {
    const { outcome, cause: own, durationMs } = simulate(run);
    if (outcome !== 'promoted' && own === cause) found.push({ run, durationMs });
  }
  const typical = found.toSorted((a, b) => a.durationMs - b.durationMs)[Math.floor((found.length - 1) / 2)];
  if (!typical) return null;
  const startMs = scenario.startMs ?? 0;
  const weights: { atMs: number; share: number }[] = [];
  const measurements: ReplayedRelease['measurements'][number][] = [];
  const { outcome, reason, durationMs } = simulate(
    typical.run,
    ({ metric, atMs, phase, result }) => {
      const values = result === undefined ? null : (typeof result === 'number' ? [result] : result).map(asJson);
      measurements.push({ metric, atMs: atMs - startMs, phase, values });
    },
    (atMs, share) => weights.push({ atMs, share }),
  );
  return { run: typical.run, outcome, cause, reason, durationMs, weights, measurements };
}

const asJson = (value: number) => (Number.isFinite(value) ? value : String(value));
