import { expect, it } from 'vitest';
import type { SeenStatus, SeenWeight } from './rollout-watch.ts';
import { versionShares } from './version-share.ts';

const status = (atMs: number, stableHash: string, currentHash: string): SeenStatus => ({
  atMs,
  status: {
    phase: '',
    message: '',
    abort: false,
    stableHash,
    currentHash,
    pauseReasons: [],
    observedGeneration: 1,
  } as never,
});
const weight = (atMs: number, percent: number): SeenWeight => ({
  atMs,
  weight: percent,
  resourceVersion: `${atMs}`,
  writer: 'rollouts-controller',
});
const shown = (steps: ReturnType<typeof versionShares>) => steps.map(({ atMs, share }) => [atMs, share]);

it('follows the version, not the subset: 100 % stays when the canary subset returns to 0 as the version is stable', () => {
  const weights = [weight(0, 0), weight(20, 10), weight(40, 100), weight(60, 0)];
  const statuses = [status(1, 'old', 'old'), status(10, 'old', 'new'), status(59, 'new', 'new')];
  expect(shown(versionShares({ weights, statuses }))).toEqual([
    [0, 0],
    [20, 0.1],
    [40, 1],
    [60, 1],
  ]);
  expect(versionShares({ weights, statuses }).at(-1)!.source).toContain('the stable subset selects this version, too');
});

it('an aborted canary falls to 0, since the stable subset selects the old version', () => {
  const weights = [weight(0, 0), weight(20, 10), weight(60, 0)];
  const statuses = [status(1, 'old', 'old'), status(10, 'old', 'new')];
  expect(shown(versionShares({ weights, statuses }))).toEqual([
    [0, 0],
    [20, 0.1],
    [60, 0],
  ]);
});

it('a version that becomes stable while the canary subset still says 50 % has all of it from then on', () => {
  const statuses = [status(1, 'old', 'old'), status(10, 'old', 'new'), status(30, 'new', 'new')];
  expect(shown(versionShares({ weights: [weight(0, 0), weight(20, 50)], statuses }))).toEqual([
    [0, 0],
    [20, 0.5],
    [30, 1],
  ]);
});

it('without a status the weight is all that is known', () => {
  expect(shown(versionShares({ weights: [weight(5, 25)], statuses: [] }))).toEqual([[5, 0.25]]);
  expect(versionShares({ weights: [], statuses: [status(1, 'old', 'old')] })).toEqual([]);
});
