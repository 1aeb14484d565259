/** Whole rollouts beyond those of judge.test.ts, which holds one that passes and each way to fail. */
import { afterEach, describe, expect, it } from 'vitest';
import {
  createFakeRolloutScene,
  type FakeRolloutScene,
  type RolloutFaults,
} from '../../testkit/rollouts/fake-rollout-scene.ts';
import { judgeCanarySteps } from './judge.ts';

let scene: FakeRolloutScene;
afterEach(() => scene[Symbol.dispose]());

/** gridos, through the ingress alone unless told otherwise. */
async function prepared(faults: RolloutFaults = {}, budgets = {}) {
  scene = await createFakeRolloutScene('gridos', faults, budgets);
  const claim = scene.claim('canary-steps');
  return { ...claim, paths: [claim.paths[0]] as const };
}
async function judged(faults: RolloutFaults) {
  const { claim, findings = [], splits = [] } = await judgeCanarySteps(await prepared(faults), scene);
  return { ...claim, codes: findings.map(({ code }) => code), splits: splits.map(({ outcome }) => outcome) };
}

describe('judgeCanarySteps', () => {
  it('promotes at the step of zero-downtime that waits for a human', async () => {
    scene = await createFakeRolloutScene('zero-downtime');
    const { claim } = await judgeCanarySteps(scene.claim('canary-steps'), scene);
    expect(claim.outcome).toBe('passed');
    expect(claim.sentence).toContain('saw 0 % → 20 % → 40 % → 60 % → 80 % → 100 %');
  });

  it('holds a step that waits for a human before it goes on, so that its share can be seen', async () => {
    const tookMs = async (promoteAfterMs: number) => {
      scene = await createFakeRolloutScene('zero-downtime');
      const claim = { ...scene.claim('canary-steps'), promoteAfterMs };
      return (await judgeCanarySteps(claim, scene)).claim.durationMs ?? 0;
    };
    const at = await tookMs(0);
    scene[Symbol.dispose]();
    expect((await tookMs(30_000)) - at).toBeGreaterThanOrEqual(30_000);
  });

  it('fails when another weight is written', async () => {
    expect(await judged({ writes: (weight) => (weight === 25 ? 35 : weight) })).toMatchObject({
      outcome: 'failed',
      codes: ['WEIGHT_NOT_AS_BELIEVED'],
    });
  });

  it('fails when the weights are written and clients never get them', async () => {
    const answers: RolloutFaults['answers'] = ({ status }) => ({ status, version: 'v1.0.0' });
    const { outcome, codes } = await judged({ answers });
    expect(outcome).toBe('failed');
    expect(codes).toEqual(['OBSERVED_SHARE_DIFFERS']);
  });
});
