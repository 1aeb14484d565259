/**
 * A subject that never does what a claim waits for is `failed`, with what was seen instead by traffic; the same wait
 * without the pods that it needs is `invalid`. Claims that judge a Rollout; the others' own tests have theirs.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { Scene } from '../scene/scene.ts';
import { playPrograms, playReaders } from '../testkit/fakes/played-programs.ts';
import { createFakePodPrograms } from '../testkit/rollouts/fake-pod-programs.ts';
import {
  createFakeRolloutScene,
  type FakeRolloutScene,
  type RolloutFaults,
} from '../testkit/rollouts/fake-rollout-scene.ts';
import type { Claim } from './declarations.ts';
import { judgeClaim } from './judge-in-order.ts';

let scene: FakeRolloutScene;
afterEach(() => scene[Symbol.dispose]());

interface Case {
  readonly profile: 'gridos' | 'zero-downtime';
  readonly kind: Claim['kind'];
  readonly faults: RolloutFaults;
  readonly narrow?: (claim: Claim) => Claim;
  /** The controller dies when the copy is there. */
  readonly dies?: boolean;
  readonly promised: string;
  /** Who must be said to have answered meanwhile. */
  readonly traffic: RegExp;
  /** The layer that parts first, from which it follows that the promise was not kept. */
  readonly blamed?: RegExp;
}

const BUDGETS = { rolloutEndsMs: 120_000, routesAppliedMs: 20_000, commitObservedMs: 30_000, podsReadyMs: 60_000 };
const keepsWeight: RolloutFaults = { writes: (weight) => (weight === 0 ? 25 : weight) };
const trialNamed = (name: string) => (claim: Claim) =>
  claim.kind === 'rollback-threshold'
    ? { ...claim, trials: claim.trials.filter((trial) => trial.name === name) }
    : claim;
const phase = (name: 'promote' | 'abort') => (claim: Claim) =>
  claim.kind === 'no-lost-request' ? { ...claim, phases: [name] } : claim;

const STAYS =
  /believed 0 % \(status\.canary\.weights\), while VirtualService \S+ said 25 % for \d+\.\d s.*; 1 difference\(s\)/;

const CASES: readonly Case[] = [
  {
    ...{ profile: 'gridos', kind: 'rollback-effects', faults: keepsWeight },
    promised: 'the weight to go back to 0',
    blamed: STAYS,
    traffic: /In those 20\.0 s v1 answered 7\d(\.\d)? %, v2 answered 2\d(\.\d)? % of \d+ requests/,
  },
  {
    ...{ profile: 'gridos', kind: 'rollback-threshold', faults: keepsWeight },
    narrow: trialNamed('success-rate-outside'),
    promised: 'the weight to go back to 0',
    blamed: STAYS,
    traffic: /v2 answered 2\d(\.\d)? % of \d+ requests/,
  },
  {
    ...{ profile: 'zero-downtime', kind: 'no-lost-request', faults: keepsWeight },
    narrow: phase('abort'),
    promised: 'the weight to go back to 0',
    blamed: STAYS,
    traffic: /v2 answered 2\d(\.\d)? % of \d+ requests/,
  },
  {
    ...{ profile: 'zero-downtime', kind: 'manual-judgment', faults: {}, dies: true },
    promised: 'the step that waits',
    traffic: /v1 answered 100 % of \d+ requests/,
  },
  {
    ...{ profile: 'zero-downtime', kind: 'undo', faults: {}, dies: true },
    promised: 'the rollout of v2 to end',
    traffic: /v1 answered 100 % of \d+ requests/,
  },
  {
    ...{ profile: 'gridos', kind: 'canary-steps', faults: { stuck: true } },
    promised: 'the commit to reach Rollout',
    traffic: /v1\.0\.0 answered 100 % of \d+ requests/,
  },
];

async function judged(
  { profile, kind, faults, narrow = (claim) => claim, dies = false }: Case,
  environment?: Scene['environment'],
) {
  const own = { ...faults };
  scene = await createFakeRolloutScene(profile, own, BUDGETS);
  const labels = { istio: 'ingressgateway' };
  scene.client.write('pods', { metadata: { name: 'gateway', namespace: 'istio-system', labels }, spec: {} });
  const played = createFakePodPrograms(scene, {});
  playPrograms(played.run);
  playReaders(played.read);
  const diesAtMs = scene.time.nowMs + 1_500;
  if (dies)
    scene.time.onTick((nowMs) => {
      own.stuck = nowMs > diesAtMs;
    });
  const claim = narrow(scene.claim(kind));
  const narrowed: Scene = { ...scene, profile: { ...scene.profile, claims: [claim] } };
  const result = await judgeClaim(claim, { ...narrowed, ...(environment ? { environment } : {}) });
  expect(scene.time.timers).toBe(0);
  expect(scene.traffic.running).toBe(0);
  return result;
}

describe('a promise that the subject never keeps', () => {
  it.each(CASES.map((one) => [one.kind, one] as const))('%s: failed, by traffic', async (_, one) => {
    const { claim, findings = [], books = [] } = await judged(one);
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toContain(one.promised);
    expect(claim.sentence).toMatch(one.traffic);
    const code = one.blamed ? 'WEIGHT_NOT_AS_BELIEVED' : 'PROMISE_NOT_KEPT';
    expect(findings.map((finding) => [finding.code, finding.layer === 'instrument'])).toEqual([[code, false]]);
    if (one.blamed) expect(findings[0]?.sentence).toMatch(one.blamed);
    expect(books.map(({ outcome }) => outcome)).toEqual(['passed']);
  });

  it.each([
    ['invalid', 20_000],
    ['failed', 500],
  ])('is %s when the environment could not answer for %s ms of the wait', async (outcome, lastsMs) => {
    const [first, second] = CASES;
    for (const one of [first!, second!]) {
      const unhealthy = () => [
        { fromMs: scene.now() - lastsMs, toMs: scene.now(), why: 'a control request got no answer for 5.0 s' },
      ];
      const { claim } = await judged(one, { unhealthy });
      expect([one.kind, claim.outcome]).toEqual([one.kind, outcome]);
      scene[Symbol.dispose]();
    }
  });

  it('is invalid where the books of the traffic that saw it are bad', async () => {
    const [first] = CASES;
    const { claim } = await judged({ ...first!, faults: { ...first!.faults, endsAfterMs: 30_000 } });
    expect(claim.outcome).toBe('invalid');
    expect(claim.sentence).toMatch(/^No verdict, the evidence is bad: /);
  });
});
