/** A copy of gridos that gets a peak in memory: what its pods hold, and what its autoscaler sees of them, are known. */
import { loadFault } from '../../profile/faults.ts';
import { CANARY_VERSION, STABLE_VERSION } from '../../stage/stage.ts';
import {
  createFakeRolloutScene,
  type FakeRolloutScene,
  type RolloutFaults,
} from '../../testkit/rollouts/fake-rollout-scene.ts';
import type { HpaCanaryClaim } from './declaration.ts';
import { expectedCanaryPods } from './held-steps.ts';
import type { judgeHpaCanary } from './judge.ts';

const PEAK = 150;
/** What a pod answers well, requests per second. */
const HOLDS = 62.5;
/** Percent of its request that a pod uses at the peak, times pods: three pods are at the target of 70 %. */
export const LOAD = 210;

export type Answers = NonNullable<RolloutFaults['answers']>;

/** Percent of the copy. */
export function canaryWeight({ client }: FakeRolloutScene): number {
  const copy = client.all('rollouts').find(({ metadata }) => metadata.namespace !== 'gridos-dev');
  const { canary } = (copy?.status ?? {}) as { canary?: { weights?: { canary: { weight: number } } } };
  return canary?.weights?.canary.weight ?? 0;
}

function podsOf({ client }: FakeRolloutScene, version: string): number {
  return client.all('pods').filter(({ metadata, spec }) => {
    const { containers } = spec as { containers: readonly { env?: readonly { name: string; value?: string }[] }[] };
    const named = containers[0]?.env?.find(({ name }) => name === 'VERSION')?.value;
    return metadata.namespace !== 'gridos-dev' && named === version;
  }).length;
}

/** What a pod cannot hold it refuses, in its own name. @param scene read when the first request comes */
function limited(scene: () => FakeRolloutScene): Answers {
  let [tickMs, perPodThen] = [0, {} as Readonly<Record<string, number>>];
  // pods and weights change between ticks of the clock only
  const perPodNow = () => {
    const now = scene();
    if (tickMs === now.time.nowMs) return perPodThen;
    const weight = canaryWeight(now) / 100;
    const of = (version: string, share: number) => (PEAK * share) / Math.max(1, podsOf(now, version));
    [tickMs, perPodThen] = [
      now.time.nowMs,
      { [STABLE_VERSION]: of(STABLE_VERSION, 1 - weight), [CANARY_VERSION]: of(CANARY_VERSION, weight) },
    ];
    return perPodThen;
  };
  return (answer, { sequence }) => {
    if (answer.version === null) return answer;
    const perPod = perPodNow()[answer.version] ?? 0;
    const refused = perPod > HOLDS && (sequence * 0.618034) % 1 > HOLDS / perPod;
    return refused ? { ...answer, status: 503 } : answer;
  };
}

/** Changes what is answered from the canary's first weight on. */
export function withCanary(scene: () => FakeRolloutScene, change: Answers): Answers {
  const held = limited(scene);
  return (answer, request) =>
    canaryWeight(scene()) > 0 ? change(held(answer, request), request) : held(answer, request);
}

export interface HeldCopy {
  readonly scene: FakeRolloutScene;
  readonly claim: HpaCanaryClaim;
}

export async function heldCopy(
  faults: (scene: () => FakeRolloutScene) => RolloutFaults = () => ({}),
  change: Partial<HpaCanaryClaim> = {},
): Promise<HeldCopy> {
  const made: { scene?: FakeRolloutScene } = {};
  const now = () => made.scene!;
  const scene = await createFakeRolloutScene(
    'gridos',
    {
      autoscaler: { average: (pods) => LOAD / pods },
      canaryPods: expectedCanaryPods,
      answers: limited(now),
      ...faults(now),
    },
    // a weight that never comes is waited for no longer
    { rolloutEndsMs: 30_000 },
  );
  made.scene = scene;
  const { rollout, service, path, objective } = scene.claim('take-back');
  const claim: HpaCanaryClaim = {
    ...{ id: 'gridos/hpa-canary', title: 'a canary in flight at the peak', kind: 'hpa-canary' },
    ...{ rollout, service, path, objective, autoscaler: rollout, ratePerSecond: PEAK, weights: [50] },
    ...{ actsWithinMs: 240_000, podHolds: { workers: 10, serviceMs: 40, queue: 25 } },
  };
  return { scene, claim: { ...claim, ...change } };
}

/** As the fault of the profile leaves the Rollout that is copied. */
export async function pinCanary(scene: FakeRolloutScene): Promise<void> {
  const { patches } = await loadFault(scene.profile, 'canary-pinned');
  const [{ value }] = patches[0]!.patch as unknown as readonly [{ value: object }];
  const live = scene.client.read('rollouts', 'gridos-dev', 'gridos-app')!;
  const { strategy } = live.spec as { strategy: { canary: { steps: readonly object[] } } };
  const canary = { ...strategy.canary, steps: [value, ...strategy.canary.steps] };
  scene.client.write('rollouts', { ...live, spec: { ...live.spec, strategy: { ...strategy, canary } } });
}

export const codesOf = ({ findings = [] }: Awaited<ReturnType<typeof judgeHpaCanary>>) =>
  findings.map(({ code }) => code);
