import { afterEach, describe, expect, it } from 'vitest';
import { rolloutStatus } from '../../rollouts/rollout-object.ts';
import {
  createFakeRolloutScene,
  type FakeRolloutScene,
  type RolloutFaults,
} from '../../testkit/rollouts/fake-rollout-scene.ts';
import { expectInterrupted } from '../../testkit/rollouts/interrupted.ts';
import { fewOf, thorough } from '../../testkit/runner/thorough.ts';
import { judgeManualJudgment } from './judge.ts';

let scene: FakeRolloutScene;
afterEach(() => scene[Symbol.dispose]());

async function prepared(faults: RolloutFaults = {}, budgets = {}) {
  scene = await createFakeRolloutScene('zero-downtime', faults, budgets);
  return scene.claim('manual-judgment');
}
async function judged(faults: RolloutFaults, budgets = {}) {
  const claim = await prepared(faults, budgets);
  const result = await judgeManualJudgment(claim, scene);
  return { ...result.claim, splits: result.splits?.map(({ outcome }) => outcome) };
}

describe('judgeManualJudgment', () => {
  it('passes a step that waits until it is promoted', async () => {
    const { outcome, sentence, splits } = await judged({});
    expect([outcome, splits]).toEqual(['passed', ['passed']]);
    expect(sentence).toContain('For 45.0 s nothing moved: the Rollout waited, and the weight stayed 20 %.');
    expect(sentence).toContain('After promote it went on to 100 %');
    expect(scene.time.timers).toBe(0);
    expect(scene.traffic.running).toBe(0);
    expect(scene.client.writes).toContain('delete /api/v1/namespaces/zero-downtime-manual-judgment');
  });

  thorough(
    'fails when the step holds another weight than it declares, and blames the layer that parts once',
    async () => {
      const claim = await prepared({ writes: (weight) => (weight === 20 ? 28 : weight) });
      const { claim: judgement, findings = [] } = await judgeManualJudgment(claim, scene);
      expect(judgement.outcome).toBe('failed');
      expect(findings.map(({ code, layer }) => [code, layer])).toEqual([['WEIGHT_NOT_AS_BELIEVED', 'api']]);
      expect(findings[0]!.sentence).toMatch(/believed 20 % .+ said 28 % for \d+\.\d s.+; 1 difference\(s\)/);
    },
  );

  it('fails when the Rollout goes on by itself', async () => {
    const { outcome, sentence } = await judged({ impatientAfterMs: 20_000 });
    expect(outcome).toBe('failed');
    expect(sentence).toContain('The Rollout did not wait');
  });

  thorough('fails when the weight moves while the Rollout waits', async () => {
    const faults: RolloutFaults = {};
    const claim = await prepared(faults);
    let sinceMs = Number.POSITIVE_INFINITY;
    scene.time.onTick((nowMs) => {
      const copy = scene.client.read('rollouts', 'zero-downtime-manual-judgment', 'zero-downtime-app');
      if (!rolloutStatus(copy).pauseReasons.includes('CanaryPauseStep')) return;
      sinceMs = Math.min(sinceMs, nowMs);
      const route = scene.client.read('virtualservices', 'zero-downtime-manual-judgment', 'zero-downtime-app');
      // somebody meddles at the end of the wait, for longer than a request
      if (!route || nowMs < sinceMs + 40_000 || nowMs > sinceMs + 40_100) return;
      const text = JSON.stringify(route).replace('"weight":20', '"weight":21').replace('"weight":80', '"weight":79');
      scene.client.write('virtualservices', JSON.parse(text) as typeof route);
    });
    const { claim: judgement } = await judgeManualJudgment(claim, scene);
    expect(judgement.outcome).toBe('failed');
    expect(judgement.sentence).toContain('The Rollout did not wait: it is');
  });

  thorough('fails when clients get another share than the weight that waits', async () => {
    const answers: RolloutFaults['answers'] = ({ status, version }, { sequence }) => ({
      status,
      version: sequence % 3 === 0 ? 'v2' : version,
    });
    const { outcome, splits, sentence } = await judged({ answers });
    expect([outcome, splits]).toEqual(['failed', ['failed']]);
    expect(sentence).toContain('For 45.0 s nothing moved');
  });

  thorough('fails when it does not go on after promote', async () => {
    const { outcome, sentence } = await judged({ deafToPromote: true }, { rolloutEndsMs: 60_000 });
    expect(outcome).toBe('failed');
    expect(sentence).toContain('nothing moved');
    expect(sentence).toContain('After promote it did not go on.');
  });

  it('gives no verdict when the watch breaks after promote', async () => {
    const claim = await prepared();
    const { watch } = scene.client;
    const broken = Promise.withResolvers<void>();
    const patch = scene.client.patch;
    Object.assign(scene.client, {
      watch: (...given: Parameters<typeof watch>) => Promise.race([watch(...given), broken.promise]),
      patch: async (...given: Parameters<typeof patch>) => {
        if (given[4] === 'status') setTimeout(() => broken.reject(new TypeError('the API server has gone')), 1_000);
        return given[4] === 'status' ? scene.client.get(given[0], given[1]) : patch(...given);
      },
    });
    await expect(judgeManualJudgment(claim, scene)).rejects.toThrow('the API server has gone');
  });

  thorough('is invalid, and so is its split, when the load ended by itself while it waited', async () => {
    const { outcome, splits } = await judged({ endsAfterMs: 40_000 });
    expect([outcome, splits]).toEqual(['invalid', ['invalid']]);
  });

  it.each(
    fewOf(1, [
      ['before the canary', 1_000],
      ['while it waits', 45_000],
      ['after promote', () => scene.told.some((text) => text.includes('stayed, and was promoted'))],
    ]),
  )('ends at once with a run that ends %s', async (_, when) => {
    const claim = await prepared();
    await expectInterrupted(scene, () => judgeManualJudgment(claim, scene), when);
  });
});
