/** A run that ends in the middle of a claim: nothing may come of it, and nothing may be left behind. */

import { expect } from 'vitest';
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { FakeRolloutScene } from './fake-rollout-scene.ts';

/** @param when the run ends: so long after the start by the scene's clock, or once something holds */
export async function expectInterrupted(
  scene: FakeRolloutScene,
  judge: () => Promise<ClaimResult>,
  when: number | (() => boolean),
): Promise<void> {
  const reason = new Error('interrupted');
  const startMs = scene.time.nowMs;
  let atMs = 0;
  let runningThen = 0;
  const stopTicking = scene.time.onTick((nowMs) => {
    if (scene.signal.aborted || !(typeof when === 'number' ? nowMs >= startMs + when : when())) return;
    atMs = nowMs;
    runningThen = scene.traffic.running;
    scene.abort(reason);
  });
  const judged = await judge().then(
    ({ claim }) => claim.outcome,
    (error: unknown) => error,
  );
  expect(judged).toBe(reason);
  stopTicking();
  expect(runningThen, 'loads that ran when the run ended').toBeGreaterThan(0);
  expect(scene.time.nowMs - atMs, 'time that passed after the run had ended').toBe(0);
  expect(scene.time.timers, 'timers left behind').toBe(0);
  expect(scene.traffic.running, 'loads left behind').toBe(0);
}
