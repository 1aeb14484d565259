import { afterEach, describe, expect, it } from 'vitest';
import { loadFault } from '../../profile/faults.ts';
import { CANARY_VERSION, STABLE_VERSION } from '../../stage/stage.ts';
import {
  createFakeRolloutScene,
  type FakeRolloutScene,
  type RolloutFaults,
} from '../../testkit/rollouts/fake-rollout-scene.ts';
import { expectInterrupted } from '../../testkit/rollouts/interrupted.ts';
import type { HpaCanaryClaim } from './declaration.ts';
import { expectedCanaryPods } from './held-steps.ts';
import { judgeHpaCanary } from './judge.ts';

const PEAK = 150;
/** What a pod answers well, requests per second. */
const HOLDS = 62.5;
/** Percent of its request that a pod uses at the peak, times pods: three pods are at the target of 70 %. */
const LOAD = 210;

let scene: FakeRolloutScene;
afterEach(() => scene[Symbol.dispose]());

type Answers = NonNullable<RolloutFaults['answers']>;

/** Of the copy. */
const podsOf = (version: string) =>
  scene.client.all('pods').filter(({ metadata, spec }) => {
    const { containers } = spec as { containers: readonly { env?: readonly { name: string; value?: string }[] }[] };
    const named = containers[0]?.env?.find(({ name }) => name === 'VERSION')?.value;
    return metadata.namespace !== 'gridos-dev' && named === version;
  }).length;
const canaryWeight = () => {
  const copy = scene.client.all('rollouts').find(({ metadata }) => metadata.namespace !== 'gridos-dev');
  const { canary } = (copy?.status ?? {}) as { canary?: { weights?: { canary: { weight: number } } } };
  return canary?.weights?.canary.weight ?? 0;
};

/** Requests a pod and second of each version; pods and weights change between ticks of the clock only. */
let [tickMs, perPodThen] = [0, {} as Readonly<Record<string, number>>];
const perPodNow = () => {
  if (tickMs === scene.time.nowMs) return perPodThen;
  const weight = canaryWeight() / 100;
  const of = (version: string, share: number) => (PEAK * share) / Math.max(1, podsOf(version));
  [tickMs, perPodThen] = [
    scene.time.nowMs,
    { [STABLE_VERSION]: of(STABLE_VERSION, 1 - weight), [CANARY_VERSION]: of(CANARY_VERSION, weight) },
  ];
  return perPodThen;
};

/** What a pod cannot hold it refuses, in its own name. */
const limited: Answers = (answer, { sequence }) => {
  if (answer.version === null) return answer;
  const perPod = perPodNow()[answer.version] ?? 0;
  const refused = perPod > HOLDS && (sequence * 0.618034) % 1 > HOLDS / perPod;
  return refused ? { ...answer, status: 503 } : answer;
};

async function prepared(faults: RolloutFaults = {}, change: Partial<HpaCanaryClaim> = {}): Promise<HpaCanaryClaim> {
  scene = await createFakeRolloutScene('gridos', {
    autoscaler: { average: (pods) => LOAD / pods },
    canaryPods: expectedCanaryPods,
    answers: limited,
    ...faults,
  });
  return { ...scene.claim('hpa-canary'), ratePerSecond: PEAK, weights: [50], ...change };
}

/** As the fault of the profile leaves the Rollout that is copied. */
async function pinned(): Promise<void> {
  const { patches } = await loadFault(scene.profile, 'canary-pinned');
  const [{ value }] = patches[0]!.patch as unknown as readonly [{ value: object }];
  const live = scene.client.read('rollouts', 'gridos-dev', 'gridos-app')!;
  const { strategy } = live.spec as { strategy: { canary: { steps: readonly object[] } } };
  const canary = { ...strategy.canary, steps: [value, ...strategy.canary.steps] };
  scene.client.write('rollouts', { ...live, spec: { ...live.spec, strategy: { ...strategy, canary } } });
}

/** From the canary's first weight on. */
const withCanary =
  (change: Answers): Answers =>
  (answer, request) =>
    canaryWeight() > 0 ? change(limited(answer, request), request) : limited(answer, request);

/** One in fifty is answered by a proxy. */
const lossy: Answers = (answer, { sequence }) => (sequence % 50 === 0 ? { status: 503, version: null } : answer);

const codesOf = ({ findings = [] }: Awaited<ReturnType<typeof judgeHpaCanary>>) => findings.map(({ code }) => code);

describe('judgeHpaCanary', () => {
  it('passes when canary pods come with the weight and hold their part of the peak', async () => {
    const result = await judgeHpaCanary(await prepared({}, { weights: [25, 50] }), scene);
    expect(result.claim).toMatchObject({ outcome: 'passed' });
    expect(result.claim.sentence).toMatch(
      /^At 150 requests\/s no pod was overloaded with a canary at 25 and 50 %: each canary pod got 3\d beside 3\d and 3\d beside 2\d requests\/s of each stable pod\. The split held; 3, then 3, then 3 replicas of at most 10; none of \d+ requests was lost\.$/,
    );
    expect(result.splits?.map(({ outcome, design }) => [outcome, design])).toEqual([
      ['passed', 'fixed-sample'],
      ['passed', 'fixed-sample'],
    ]);
    expect(result.claim.details.map(({ label }) => label)).toEqual([
      ...['objective', 'autoscaler', 'before the canary, stable', 'before the canary, autoscaler'],
      ...[25, 50].flatMap((weight) => ['stable', 'canary', 'autoscaler'].map((what) => `at ${weight} %, ${what}`)),
      'layers',
    ]);
    expect(result.claim.details.find(({ label }) => label === 'at 50 %, canary')?.value).toMatch(
      /^2 pods at 3\d\/s each \(the busiest 3\d\/s\), 0 % bad$/,
    );
    expect([result.findings, result.errorLedgers?.length, scene.traffic.running]).toEqual([[], 1, 0]);
    // the copy is gone, and its autoscaler with it
    expect(scene.client.all('horizontalpodautoscalers').map(({ metadata }) => metadata.namespace)).toEqual([
      'gridos-dev',
    ]);
  });

  it('fails under the fault of the profile: a pinned canary is overloaded, and the average does not show it', async () => {
    const claim = await prepared();
    await pinned();
    const result = await judgeHpaCanary(claim, scene);
    expect(result.claim.outcome).toBe('failed');
    expect(result.claim.sentence).toMatch(
      /^Canary pods saturate at 50 % of 150 requests\/s\. At 50 % each of 1 canary pods got 7\d /,
    );
    expect(codesOf(result)).toEqual(['CANARY_PODS_OVERLOADED']);
    const [{ sentence } = { sentence: '' }] = result.findings ?? [];
    expect(sentence).toMatch(
      /answered 1\d(\.\d)? % of them badly, each of 3 stable pods 2\d and 0 %; p95<500ms allows 5 %/,
    );
    expect(sentence).toContain('the autoscaler saw cpu 52 % of 70 % and kept 3 of at most 10 replicas');
    expect(sentence).toContain(
      '50 % of 3 replicas are 2 pods, and there were 1, because setCanaryScale pins them to 1',
    );
    expect(sentence).toContain('divides the load by all 4 pods');
  });

  it('fails when stable does not hold the peak before there is a canary', async () => {
    const result = await judgeHpaCanary(await prepared({ autoscaler: { average: () => 70 } }), scene);
    expect(result.claim.outcome).toBe('failed');
    expect(result.claim.sentence).toMatch(/^Stable does not hold 150 requests\/s even before a canary: 1\d/);
    expect(codesOf(result)).toContain('PEAK_NOT_HELD');
  });

  it('blames the layer that parts, where the canary never gets its weight', async () => {
    const claim = await prepared({ writes: (weight) => (weight === 50 ? 30 : weight) });
    await expect(judgeHpaCanary(claim, scene)).rejects.toMatchObject({
      code: 'PROMISE_NOT_KEPT',
      blamed: { code: 'WEIGHT_NOT_AS_BELIEVED' },
    });
  });

  it('fails when clients get another share than the weight', async () => {
    const answers = withCanary((answer, { sequence }) =>
      answer.version === CANARY_VERSION && sequence % 3 === 0 ? { ...answer, version: STABLE_VERSION } : answer,
    );
    const result = await judgeHpaCanary(await prepared({ answers }), scene);
    expect(result.claim.outcome).toBe('failed');
    expect(result.splits).toMatchObject([{ outcome: 'failed' }]);
    expect(result.claim.sentence).toMatch(/held at 50 %: /);
    expect(result.findings?.length).toBeGreaterThan(0);
  });

  it.each([
    [
      'CANARY_PODS_DO_NOT_FOLLOW',
      /^At 50 % there were 3 canary pods, and the Rollout declares 2 for 3 replicas/,
      { canaryPods: ({ replicas }) => replicas },
    ],
    [
      'PODS_BEYOND_MAXIMUM',
      /^Before the canary there were up to 12 replicas/,
      { autoscaler: { average: (pods) => LOAD / pods, writes: (wanted) => Math.max(wanted, 12) } },
    ],
    [
      'AUTOSCALER_FIGHTS_ROLLOUT',
      /went back and forth under the same load: 3 → 4 by .+, 4 → 3 by .+, 3 → 4 by /,
      {
        autoscaler: {
          average: (pods) => LOAD / pods,
          writes: (wanted, nowMs) => (canaryWeight() > 0 ? 3 + (Math.floor(nowMs / 15_000) % 2) : wanted),
        },
      },
    ],
    [
      'AUTOSCALER_FIGHTS_ROLLOUT',
      /^At 50 % the same load that 3 replicas held before the canary took 10 \(.+multiplies the pods that it counts.+2857/,
      // a metric that does not fall when pods are added
      { autoscaler: { average: (pods) => (canaryWeight() > 0 ? 80 : LOAD / pods) } },
    ],
    ['REQUESTS_LOST', /^\d+ of \d+ requests were lost/, { answers: withCanary(lossy) }],
  ] satisfies readonly (readonly [string, RegExp, RolloutFaults])[])(
    'fails with %s',
    async (code, sentence, faults) => {
      const result = await judgeHpaCanary(await prepared(faults), scene);
      expect(result.claim.outcome).toBe('failed');
      expect(codesOf(result)).toContain(code);
      expect(result.findings?.find((finding) => finding.code === code)).toMatchObject({
        severity: 'error',
        sentence: expect.stringMatching(new RegExp(sentence.source, 'i')),
      });
    },
  );

  it('is undecided when the autoscaler had nothing to do', async () => {
    const result = await judgeHpaCanary(
      await prepared({ autoscaler: { average: () => 20 }, answers: (answer) => answer }),
      scene,
    );
    expect(result.claim.outcome).toBe('inconclusive');
    expect(codesOf(result)).toEqual(['AUTOSCALER_IDLE']);
  });

  it('is undecided when the autoscaler still moves at the end of its time', async () => {
    const autoscaler = { average: (pods: number) => LOAD / pods, writes: (_: number, nowMs: number) => grown(nowMs) };
    let firstMs: number | undefined;
    const grown = (nowMs: number) => {
      firstMs ??= nowMs;
      return Math.min(10, 2 + Math.floor((nowMs - firstMs) / 40_000));
    };
    const answers: Answers = (answer) => answer;
    const result = await judgeHpaCanary(await prepared({ autoscaler, answers }, { actsWithinMs: 20_000 }), scene);
    expect(result.claim.outcome).toBe('inconclusive');
    expect(new Set(codesOf(result))).toEqual(new Set(['AUTOSCALER_STILL_MOVING']));
  });

  it('cannot judge where nobody delivers metrics', async () => {
    const blind = { reason: 'FailedGetResourceMetric', message: 'no metrics returned from resource metrics API' };
    const claim = await prepared({ autoscaler: { average: () => undefined, blind } });
    await expect(judgeHpaCanary(claim, scene)).rejects.toMatchObject({ code: 'AUTOSCALER_BLIND', exitCode: 3 });
  });

  it('cannot judge where the metrics stop on the way', async () => {
    const blind = { reason: 'FailedGetResourceMetric', message: 'no metrics returned from resource metrics API' };
    const autoscaler = { average: (pods: number) => (canaryWeight() > 0 ? undefined : LOAD / pods), blind };
    const claim = await prepared({ autoscaler }, { actsWithinMs: 20_000 });
    await expect(judgeHpaCanary(claim, scene)).rejects.toMatchObject({ code: 'AUTOSCALER_BLIND', exitCode: 3 });
  });

  it('fails where the manifests keep the autoscaler from scaling', async () => {
    const blind = {
      reason: 'FailedGetResourceMetric',
      message: 'missing request for cpu in container gridos-app of Pod a',
    };
    const result = await judgeHpaCanary(await prepared({ autoscaler: { average: () => undefined, blind } }), scene);
    expect(result.claim.outcome).toBe('failed');
    expect(codesOf(result)).toEqual(['AUTOSCALER_INACTIVE']);
  });

  it('is invalid when the load ends by itself, whatever was seen', async () => {
    const claim = await prepared({ endsAfterMs: 100_000 });
    await pinned();
    const result = await judgeHpaCanary(claim, scene);
    expect(result.claim.outcome).toBe('invalid');
    expect(result.claim.sentence).toMatch(/At 50 % each of 1 canary pods got \d+ requests.s and answered 1\d/);
    expect(codesOf(result)).toEqual(['PEAK_NOT_REACHED']);
  });

  it('ends at once with a run that ends while a weight is held', async () => {
    const claim = await prepared();
    await expectInterrupted(
      scene,
      () => judgeHpaCanary(claim, scene),
      () => canaryWeight() === 50 && scene.time.nowMs % 7_000 < 200,
    );
  });

  it('says that there is no such Rollout or autoscaler', async () => {
    const claim = await prepared();
    const nobody = { namespace: 'gridos-dev', name: 'nobody' };
    await expect(judgeHpaCanary({ ...claim, rollout: nobody }, scene)).rejects.toMatchObject({
      code: 'ROLLOUT_MISSING',
    });
    await expect(judgeHpaCanary({ ...claim, autoscaler: nobody }, scene)).rejects.toMatchObject({
      ...{ code: 'AUTOSCALER_MISSING', exitCode: 3 },
    });
  });
});
