/** The claim of gridos under the fault of its profile, with pods that hold what the claim says. */
import { afterEach, expect, it } from 'vitest';
import { loadFault } from '../../profile/faults.ts';
import { createFakeRolloutScene, type FakeRolloutScene } from '../../testkit/rollouts/fake-rollout-scene.ts';
import type { TakeBackClaim } from './declaration.ts';
import { judgeTakeBack } from './judge.ts';

let scene: FakeRolloutScene;
afterEach(() => scene[Symbol.dispose]());

type Pods = readonly { readonly version: string | undefined; readonly behaviour: string | undefined }[];

/** Of the copy. */
function podsOf({ client }: FakeRolloutScene): Pods {
  const copies = client.all('pods').filter(({ metadata }) => metadata.namespace !== 'gridos-dev');
  return copies.map(({ spec }) => {
    const { containers } = spec as { containers: readonly { env?: readonly { name: string; value?: string }[] }[] };
    const variable = (name: string) => containers[0]?.env?.find((one) => one.name === name)?.value;
    return { version: variable('VERSION'), behaviour: variable('CANARYPROOF_BEHAVIOUR') };
  });
}

async function judged(faultName?: string) {
  const behaviours = new Map<string, string | undefined>();
  const made: { holds?: number } = {};
  scene = await createFakeRolloutScene('gridos', {
    // what the pods of a version cannot hold they refuse
    answers(answer, { sequence }) {
      const pods = podsOf(scene);
      for (const { version, behaviour } of pods) behaviours.set(version ?? '', behaviour);
      const perSecond = 60 / Math.max(1, pods.filter(({ version }) => version === answer.version).length);
      const refused = (sequence * 0.618034) % 1 > made.holds! / perSecond;
      return refused && answer.version !== null ? { ...answer, status: 503 } : answer;
    },
  });
  const claim: TakeBackClaim = scene.claim('take-back');
  const { workers, serviceMs } = claim.podHolds!;
  made.holds = (workers * 1000) / serviceMs;
  if (faultName !== undefined) await scaleAsPatched(faultName);
  return { result: await judgeTakeBack(claim, scene), claim, behaviours };
}

async function scaleAsPatched(faultName: string): Promise<void> {
  const { patches, suspendAutoSync } = await loadFault(scene.profile, faultName);
  const patchOf = (kind: string) => patches.find((one) => one.kind === kind)!.patch as { spec: object };
  const live = scene.client.read('rollouts', 'gridos-dev', 'gridos-app')!;
  scene.client.write('rollouts', { ...live, spec: { ...live.spec, ...patchOf('Rollout').spec } });
  // else the autoscaler and Argo CD would put the second pod back
  expect([patchOf('HorizontalPodAutoscaler').spec, suspendAutoSync]).toEqual([
    { minReplicas: 1, maxReplicas: 1 },
    true,
  ]);
}

it('passes with the pods that are declared, which hold what the claim says', async () => {
  const { result, claim, behaviours } = await judged();
  expect(result.claim.outcome).toBe('passed');
  // stable and canary alike
  const holds = JSON.stringify(claim.podHolds);
  expect([...behaviours]).toEqual([
    ['v1', holds],
    ['v2', holds],
  ]);
});

it('fails when stable is scaled down to less than the peak', async () => {
  const { result } = await judged('stable-scaled-down');
  expect(result.claim.outcome).toBe('failed');
  expect(result.claim.sentence).toMatch(
    /^Stable does not hold 60 requests\/s even before a canary: \d+ of \d+ requests \(1[5-8](\.\d+)? %\)/,
  );
  expect(result.findings?.map(({ code }) => code)).toEqual(['PEAK_NOT_TAKEN_BACK']);
});
