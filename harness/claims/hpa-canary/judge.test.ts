import { afterEach, describe, expect, it } from 'vitest';
import { CANARY_VERSION, STABLE_VERSION } from '../../stage/stage.ts';
import type { FakeRolloutScene } from '../../testkit/rollouts/fake-rollout-scene.ts';
import { expectInterrupted } from '../../testkit/rollouts/interrupted.ts';
import { thorough } from '../../testkit/runner/thorough.ts';
import { AUTOSCALERS } from './autoscaler.ts';
import { canaryWeight, codesOf, heldCopy, pinCanary, withCanary } from './held-copy-fixture.ts';
import { judgeHpaCanary } from './judge.ts';

let scene: FakeRolloutScene;
afterEach(() => scene[Symbol.dispose]());

async function prepared(...asked: Parameters<typeof heldCopy>) {
  const copy = await heldCopy(...asked);
  scene = copy.scene;
  return copy.claim;
}

const BLIND = 'no metrics returned from resource metrics API';
const blind = (message: string) => ({
  autoscaler: { average: () => undefined, blind: { reason: 'FailedGetResourceMetric', message } },
});

describe('judgeHpaCanary', () => {
  it('passes when canary pods come with the weight and hold their part of the peak', async () => {
    const result = await judgeHpaCanary(await prepared(), scene);
    expect(result.claim).toMatchObject({ outcome: 'passed' });
    expect(result.claim.sentence).toMatch(
      /^At 150 requests\/s no pod was overloaded with a canary at 50 %: each canary pod got 3\d beside 2\d requests\/s of each stable pod\. The split held; 3, then 3 replicas of at most 10; none of \d+ requests was lost\.$/,
    );
    expect(result.splits?.map(({ outcome, design }) => [outcome, design])).toEqual([['passed', 'fixed-sample']]);
    expect(result.claim.details.map(({ label }) => label)).toEqual([
      ...['objective', 'autoscaler', 'before the canary, stable', 'before the canary, autoscaler'],
      ...['at 50 %, stable', 'at 50 %, canary', 'at 50 %, autoscaler', 'layers'],
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

  thorough(
    'fails under the fault of the profile: a pinned canary is overloaded, and the average does not show it',
    async () => {
      const claim = await prepared();
      await pinCanary(scene);
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
    },
  );

  thorough('blames the layer that parts, where the canary never gets its weight', async () => {
    const claim = await prepared(() => ({ writes: (weight) => (weight === 50 ? 30 : weight) }));
    await expect(judgeHpaCanary(claim, scene)).rejects.toMatchObject({
      code: 'PROMISE_NOT_KEPT',
      blamed: { code: 'WEIGHT_NOT_AS_BELIEVED' },
    });
  });

  it('fails when clients get another share than the weight', async () => {
    const claim = await prepared((now) => ({
      answers: withCanary(now, (answer, { sequence }) =>
        answer.version === CANARY_VERSION && sequence % 3 === 0 ? { ...answer, version: STABLE_VERSION } : answer,
      ),
    }));
    const result = await judgeHpaCanary(claim, scene);
    expect(result.claim.outcome).toBe('failed');
    expect(result.splits).toMatchObject([{ outcome: 'failed' }]);
    expect(result.claim.sentence).toMatch(/held at 50 %: /);
    expect(result.findings?.length).toBeGreaterThan(0);
  });

  thorough('fails when a proxy answers one request in fifty', async () => {
    const claim = await prepared((now) => ({
      answers: withCanary(now, (answer, { sequence }) =>
        sequence % 50 === 0 ? { status: 503, version: null } : answer,
      ),
    }));
    const result = await judgeHpaCanary(claim, scene);
    expect(result.claim).toMatchObject({
      outcome: 'failed',
      sentence: expect.stringMatching(/^\d+ of \d+ requests were lost/),
    });
    expect(codesOf(result)).toEqual(['REQUESTS_LOST']);
  });

  thorough('cannot judge where nobody delivers metrics', async () => {
    const claim = await prepared(() => blind(BLIND));
    await expect(judgeHpaCanary(claim, scene)).rejects.toMatchObject({ code: 'AUTOSCALER_BLIND', exitCode: 3 });
  });

  thorough(
    'cannot judge where somebody deletes the autoscaler while a weight is held, however still all is then',
    async () => {
      const deleteAutoscaler = ({ client }: FakeRolloutScene) => {
        for (const { metadata } of client.all('horizontalpodautoscalers'))
          if (metadata.namespace !== undefined && metadata.namespace !== 'gridos-dev')
            client.remove({ ...AUTOSCALERS, namespace: metadata.namespace }, metadata.name);
      };
      const claim = await prepared((now) => ({
        answers: withCanary(now, (answer) => {
          deleteAutoscaler(now());
          return answer;
        }),
      }));
      await expect(judgeHpaCanary(claim, scene)).rejects.toMatchObject({ code: 'AUTOSCALER_GONE', exitCode: 3 });
    },
  );

  thorough('fails where the manifests keep the autoscaler from scaling', async () => {
    const claim = await prepared(() => blind('missing request for cpu in container gridos-app of Pod a'));
    const result = await judgeHpaCanary(claim, scene);
    expect(result.claim.outcome).toBe('failed');
    expect(codesOf(result)).toEqual(['AUTOSCALER_INACTIVE']);
  });

  thorough('is invalid when the load ends by itself, whatever was seen', async () => {
    const claim = await prepared(() => ({ endsAfterMs: 85_000 }));
    await pinCanary(scene);
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
      () => canaryWeight(scene) === 50,
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
