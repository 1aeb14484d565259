import { afterEach, expect, it } from 'vitest';
import { badController } from '../../faults/bad-controller/misbehaviour.ts';
import { packageRoot } from '../../process/package-root.ts';
import type { FaultController } from '../../profile/fault-controller.ts';
import { loadFault } from '../../profile/faults.ts';
import { loadProfile } from '../../profile/load-profile.ts';
import { readRollout } from '../../rollouts/rollout-object.ts';
import { createFakeRolloutScene, type FakeRolloutScene } from '../../testkit/rollouts/fake-rollout-scene.ts';
import { fewOf, thorough } from '../../testkit/runner/thorough.ts';
import { judgeCanarySteps } from './judge.ts';

let scene: FakeRolloutScene;
afterEach(() => scene[Symbol.dispose]());

/** gridos, through the ingress alone, with something else stored than its controller writes. */
async function under(misbehaviour: FaultController['misbehaviour']) {
  scene = await createFakeRolloutScene('gridos');
  const claim = scene.claim('canary-steps');
  const rollout = scene.client.all('rollouts').find(({ metadata }) => metadata.name === claim.rollout.name)!;
  scene.faults.stores = badController(misbehaviour, readRollout(rollout));
  return judgeCanarySteps({ ...claim, paths: [claim.paths[0]] }, scene);
}

it.each(
  fewOf(1, [
    ['controller-frozen', /believed 10 % .+ said 0 % for \d+\.\d s/],
    ['controller-shifted', /believed 10 % .+ said 18 % for \d+\.\d s.+; 2 more of its weights were not followed/],
    ['controller-late', /believed 10 % .+ said 0 % for 1[0-3]\.\d s.+; 2 more of its weights were not followed/],
    ['controller-flips', /believed 10 % .+ said 0 % for \d+\.\d s/],
  ]),
)('%s is blamed on the VirtualService once', async (name, sentence) => {
  const gridos = await loadProfile('gridos', { packageRoot: packageRoot(), workingDirectory: packageRoot() });
  const { controller } = await loadFault(gridos, name);
  const { claim, findings = [] } = await under(controller!.misbehaviour);
  expect(claim.outcome).toBe('failed');
  expect(findings.map(({ code, layer }) => [code, layer])).toEqual([['WEIGHT_NOT_AS_BELIEVED', 'api']]);
  expect(findings[0]!.sentence).toMatch(sentence);
  expect(claim.sentence).toContain(findings[0]!.sentence);
});

thorough('a controller is not blamed for a second that nobody can tell from a slow watch', async () => {
  const { claim, findings } = await under({ does: 'late', ms: 1_000 });
  expect([claim.outcome, findings]).toEqual(['passed', []]);
});
