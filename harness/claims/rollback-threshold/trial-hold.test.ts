/** Trials whose fault is switched on and off while the canary runs, as zero-downtime has them. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type * as runProgram from '../../process/run-program.ts';
import { createFakePodPrograms, type FakePodPrograms } from '../../testkit/rollouts/fake-pod-programs.ts';
import { createFakeRolloutScene, type FakeRolloutScene } from '../../testkit/rollouts/fake-rollout-scene.ts';
import { expectInterrupted } from '../../testkit/rollouts/interrupted.ts';
import { judgeRollback } from './judge.ts';

const started = vi.hoisted(() => ({ programs: undefined as FakePodPrograms | undefined }));
vi.mock('../../process/run-program.ts', async (importActual) => ({
  ...(await importActual<typeof runProgram>()),
  runProgram: (...given: Parameters<FakePodPrograms['run']>) => started.programs!.run(...given),
}));

let scene: FakeRolloutScene;
afterEach(() => scene[Symbol.dispose]());

async function prepared(...names: readonly string[]) {
  scene = await createFakeRolloutScene('zero-downtime');
  started.programs = createFakePodPrograms(scene);
  const whole = scene.claim('rollback-threshold');
  const claim = { ...whole, trials: whole.trials.filter(({ name }) => names.includes(name)) };
  const narrowed = { ...scene, profile: { ...scene.profile, claims: [claim] } };
  return () => judgeRollback(claim, narrowed);
}

describe('judgeRollback of a limit that has to be broken for two minutes', () => {
  it('passes when 110 s are promoted and 130 s are aborted', async () => {
    const judge = await prepared('error-rate-110s', 'error-rate-130s');
    const { claim, boundaries } = await judge();
    expect(boundaries?.map(({ outcome, injected, observed }) => [outcome, injected, observed.split(';')[0]])).toEqual([
      ['passed', '20 % errors for 110.0 s, 40/s', 'promoted'],
      ['passed', '20 % errors for 130.0 s, 40/s', 'aborted'],
    ]);
    expect(claim.outcome).toBe('passed');
    expect(claim.outcome).toBe('passed');
    expect(scene.time.timers).toBe(0);
    expect(scene.traffic.running).toBe(0);
  });

  it('ends at once with a run that ends while the fault lasts', async () => {
    const judge = await prepared('error-rate-130s');
    await expectInterrupted(scene, judge, () => scene.traffic.behaviours.size > 0);
  });
});
