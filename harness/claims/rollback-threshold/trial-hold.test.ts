/** Trials whose fault is switched on and off while the canary runs, as zero-downtime has them. */

import { afterEach, describe, expect, it } from 'vitest';
import type { Scene } from '../../scene/scene.ts';
import { playPrograms } from '../../testkit/fakes/played-programs.ts';
import { createFakePodPrograms } from '../../testkit/rollouts/fake-pod-programs.ts';
import { createFakeRolloutScene, type FakeRolloutScene } from '../../testkit/rollouts/fake-rollout-scene.ts';
import { expectInterrupted } from '../../testkit/rollouts/interrupted.ts';
import { fewOf, thorough } from '../../testkit/runner/thorough.ts';
import type { Trial } from './declaration.ts';
import { judgeRollback } from './judge.ts';

let scene: FakeRolloutScene;
afterEach(() => scene[Symbol.dispose]());

type Change = Partial<Pick<Scene, 'environment'> & Pick<Trial, 'expect'>>;

async function prepared(names: readonly string[], { environment, expect: end }: Change = {}) {
  scene = await createFakeRolloutScene('zero-downtime');
  playPrograms(createFakePodPrograms(scene).run);
  const whole = scene.claim('rollback-threshold');
  const trials = whole.trials.filter(({ name }) => names.includes(name));
  const claim = { ...whole, trials: trials.map((trial) => ({ ...trial, expect: end ?? trial.expect })) };
  const narrowed = {
    ...scene,
    profile: { ...scene.profile, claims: [claim] },
    ...(environment ? { environment } : {}),
  };
  return () => judgeRollback(claim, narrowed);
}

describe('judgeRollback of a limit that has to be broken for two minutes', () => {
  thorough('passes when 110 s are promoted and 130 s are aborted', async () => {
    const judge = await prepared(['error-rate-110s', 'error-rate-130s']);
    const { claim, boundaries } = await judge();
    expect(boundaries?.map(({ outcome, injected, observed }) => [outcome, injected, observed.split(';')[0]])).toEqual([
      ['passed', '20 % errors for 110.0 s, 40 requests/s', 'promoted'],
      ['passed', '20 % errors for 130.0 s, 40 requests/s', 'aborted'],
    ]);
    expect(claim.outcome).toBe('passed');
    expect(scene.time.timers).toBe(0);
    expect(scene.traffic.running).toBe(0);
  });

  it('fails one that ends otherwise, but judges nothing where the environment stood still while the fault lasted', async () => {
    const why = 'a control request got no answer for 5.0 s';
    const ending = async (expectation: Trial['expect'], environment?: Scene['environment']) => {
      const judge = await prepared(['error-rate-110s'], {
        expect: expectation,
        ...(environment ? { environment } : {}),
      });
      const { boundaries } = await judge();
      scene[Symbol.dispose]();
      return boundaries?.map(({ outcome, observed }) => [outcome, observed.includes('stood still')]);
    };
    const before = { unhealthy: () => [{ fromMs: 0, toMs: 5_000, why }] };
    const just = { unhealthy: () => [{ fromMs: scene.now() - 5_000, toMs: scene.now(), why }] };
    const endings = [
      ['aborted', before, 'failed', false],
      ['aborted', just, 'invalid', true],
      ['aborted', undefined, 'failed', false],
      ['promoted', just, 'invalid', true],
      ['promoted', before, 'passed', false],
    ] as const;
    for (const [expected, environment, outcome, isShared] of fewOf(2, endings))
      expect(await ending(expected, environment)).toEqual([[outcome, isShared]]);
  });

  it('ends at once with a run that ends while the fault lasts', async () => {
    const judge = await prepared(['error-rate-130s']);
    await expectInterrupted(scene, judge, () => scene.traffic.behaviours.size > 0);
  });
});
