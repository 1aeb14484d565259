/** A run that ends in the middle of a claim: nothing may come of it, and nothing may be left behind. */
import { expect } from 'vitest';
import type { ClaimResult } from '../pipeline/scene.ts';
import type { FakeRolloutScene } from './fake-rollout-scene.ts';

/** @param afterMs when the run ends, by the scene's clock */
export async function expectInterrupted(
  scene: FakeRolloutScene,
  judge: () => Promise<ClaimResult>,
  afterMs: number,
): Promise<void> {
  const reason = new Error(`interrupted after ${afterMs} ms`);
  const atMs = scene.time.nowMs + afterMs;
  let runningThen = 0;
  const stopTicking = scene.time.onTick((nowMs) => {
    if (nowMs < atMs || scene.signal.aborted) return;
    runningThen = scene.traffic.running;
    scene.abort(reason);
  });
  await expect(judge()).rejects.toBe(reason);
  stopTicking();
  expect(runningThen, 'loads that ran when the run ended').toBeGreaterThan(0);
  expect(scene.time.nowMs - atMs, 'time that passed after the run had ended').toBe(0);
  expect(scene.time.timers, 'timers left behind').toBe(0);
  expect(scene.traffic.running, 'loads left behind').toBe(0);
}
