/** The claim of gridos, and what the fault of its profile leaves of the ingress. */
import { expect, it } from 'vitest';
import { parseBehaviour } from '../../../k8s/workload/behaviour-document.ts';
import type { VirtualSystem } from '../../capacity/virtual/system.ts';
import { erlangLoss } from '../../capacity/virtual/truth.ts';
import { loadFault } from '../../profile/faults.ts';
import { createFakeScene } from '../../testkit/fakes/fake-scene.ts';
import { packagedProfile } from '../../testkit/fakes/packaged-profiles.ts';
import { queueLoad } from '../../testkit/fakes/queue-load.ts';
import type { CapacityClaim } from './declaration.ts';
import { judgeCapacity } from './judge.ts';

const ALONE = 'http://127.0.0.1:2/';

async function claimOfGridos(): Promise<CapacityClaim> {
  const { claims } = await packagedProfile('gridos');
  return claims.find((claim): claim is CapacityClaim => claim.kind === 'capacity')!;
}

/** Everything that comes below `ratePerSecond` is answered at once. */
async function judgedAt(ratePerSecond: number) {
  let [clock, served] = [Date.UTC(2026, 0, 2), 0];
  const startedAt = clock;
  const system: VirtualSystem = {
    ...{ name: 'ingress', arrivals: 'poisson', limitSeconds: 0.5 },
    server: { kind: 'bucket', ratePerSecond, burst: 20 },
  };
  const load = queueLoad(system, {
    alone: { url: ALONE, ceiling: 10_000, came: () => (served += 1) },
    passed: (ms) => (clock += ms + 1000),
  });
  const scene = await createFakeScene({ load, now: () => (clock += 10) });
  const { claim } = await judgeCapacity(await claimOfGridos(), scene, {
    readCpu: () => ({ idle: clock, total: clock * 2 }),
    openFastPath: async () => ({
      ...{ url: ALONE, served: () => served },
      [Symbol.asyncDispose]: async () => undefined,
    }),
  });
  return { outcome: claim.outcome, seconds: (clock - startedAt) / 1000 };
}

it('leaves a share of the peak unanswered that one trial tells from what is allowed', async () => {
  const { peak, objective } = await claimOfGridos();
  const { patches, suspendAutoSync } = await loadFault(await packagedProfile('gridos'), 'canary-fewer-workers');
  const [steps, env] = patches[0]!.patch as unknown as readonly [
    { readonly value: readonly unknown[] },
    { readonly value: readonly { readonly name: string; readonly value: string }[] },
  ];
  // it stays there: nothing ends the pause, and Argo CD does not take it back
  expect([steps.value, suspendAutoSync]).toEqual([[{ setWeight: 25 }, { pause: {} }], true]);
  const [{ name, value } = { name: '', value: '' }] = env.value;
  expect(name).toBe('CANARYPROOF_BEHAVIOUR');
  const { workers, serviceMs } = parseBehaviour(value, name);
  const due = peak!.ratePerSecond * peak!.headroom;
  const refused = 0.25 * erlangLoss(workers, (0.25 * due * Number(serviceMs)) / 1000);
  expect(refused).toBeGreaterThan(3 * objective.objectiveShare);
  expect(await judgedAt(due * (1 - refused))).toMatchObject({ outcome: 'failed' });
});

it('passes in less than a minute where the ingress holds what is asked', async () => {
  const { outcome, seconds } = await judgedAt(1000);
  expect(outcome).toBe('passed');
  expect(seconds).toBeLessThan(60);
});
