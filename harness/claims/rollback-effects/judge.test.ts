import { afterEach, describe, expect, it } from 'vitest';
import { evidenceFirst } from '../../scene/evidence-first.ts';
import { playPrograms, playReaders } from '../../testkit/fakes/played-programs.ts';
import { createFakePodPrograms, type ProgramFaults } from '../../testkit/rollouts/fake-pod-programs.ts';
import {
  createFakeRolloutScene,
  type FakeRolloutScene,
  type RolloutFaults,
} from '../../testkit/rollouts/fake-rollout-scene.ts';
import { expectInterrupted } from '../../testkit/rollouts/interrupted.ts';
import { fewOf, thorough } from '../../testkit/runner/thorough.ts';
import { judgeRollbackEffects } from './judge.ts';

let scene: FakeRolloutScene;
afterEach(() => scene[Symbol.dispose]());

async function prepared(faults: RolloutFaults & ProgramFaults = {}, budgets = {}) {
  scene = await createFakeRolloutScene('gridos', faults, budgets);
  const labels = { istio: 'ingressgateway' };
  scene.client.write('pods', { metadata: { name: 'gateway', namespace: 'istio-system', labels }, spec: {} });
  const played = createFakePodPrograms(scene, faults);
  playPrograms(played.run);
  playReaders(played.read);
  return scene.claim('rollback-effects');
}
async function judged(faults: RolloutFaults & ProgramFaults) {
  const claim = await prepared(faults);
  const seen = evidenceFirst(await judgeRollbackEffects(claim, scene));
  const { claim: judgement, findings = [], waterfalls = [] } = seen;
  expect(scene.time.timers).toBe(0);
  expect(scene.traffic.running).toBe(0);
  return { ...judgement, problems: findings.map(({ sentence }) => sentence), waterfall: waterfalls[0] };
}

describe('judgeRollbackEffects', () => {
  it('passes when after the fault everything happens that has to', async () => {
    const { outcome, problems, waterfall, sentence } = await judged({});
    expect(problems).toEqual([]);
    expect(outcome).toBe('passed');
    expect(sentence).toMatch(/bad answers reached \d+ of 1000 users; 0 requests were lost/);
    expect(waterfall?.events.map(({ name }) => name).sort()).toEqual([
      ...['aborted', 'analysis-failed', 'canary-pods-gone', 'commit-status-posted', 'fault-injected'],
      ...['last-canary-answer', 'measurement-failed', 'metric-crosses'],
      ...['weight-zero-acknowledged', 'weight-zero-declared'],
    ]);
    expect(waterfall?.outcome).toBe('passed');
  });

  it.each<[string, RolloutFaults & ProgramFaults, string]>(
    fewOf(1, [
      ['the pods of the canary stay', { keepsCanaryPods: true }, 'not seen that the pods of the canary were gone'],
      ['no commit status is posted', { posts: 'nothing' }, 'not seen that a commit status was posted'],
      ['the commit status says that all is well', { posts: 'success' }, 'The commit status says'],
      ['a gateway never learns of the abort', { gatewayKeepsCanary: true }, 'never acknowledged the weight of 0'],
    ]),
  )('fails when %s', async (_, faults, words) => {
    const { outcome, problems } = await judged(faults);
    expect(outcome).toBe('failed');
    expect(problems.join(' ')).toContain(words);
  });

  it('is invalid when no gateway is there to be read', async () => {
    const claim = await prepared();
    scene.client.drop('pods', 'istio-system', 'gateway');
    const { claim: judgement, findings } = await judgeRollbackEffects(claim, scene);
    expect(judgement.outcome, judgement.sentence).toBe('invalid');
    expect(judgement.sentence).toContain('No gateway could be read');
    expect(findings).toEqual([]);
  });

  it('fails when the bad version still answers after every proxy has acknowledged', async () => {
    let abortedMs = Number.POSITIVE_INFINITY;
    const { outcome, problems } = await judged({
      answers(answer, { startMs, sequence }) {
        const isAborted = scene.client.all('rollouts').some(({ status }) => status?.abort === true);
        if (isAborted) abortedMs = Math.min(abortedMs, startMs);
        return startMs > abortedMs + 10_000 && sequence % 500 === 0 ? { status: 500, version: 'v2' } : answer;
      },
    });
    expect(outcome).toBe('failed');
    expect(problems).toEqual([expect.stringContaining('The canary still answered')]);
  });

  thorough('fails when a request is lost', async () => {
    const { outcome, problems } = await judged({
      answers: (answer, { sequence }) => (sequence === 2_000 ? { status: 503, version: null } : answer),
    });
    expect(outcome).toBe('failed');
    expect(problems).toEqual(['1 requests were lost.']);
  });

  thorough('fails when a measurement is not what the scraped samples give', async () => {
    const { outcome, problems } = await judged({ measures: (values) => values.map((value) => value * 0.99) });
    expect(outcome).toBe('failed');
    expect(problems.join(' ')).toContain('measurements differ from the oracle');
  });

  it('is invalid when the load ended by itself before the canary had gone', async () => {
    const { outcome, sentence } = await judged({ endsAfterMs: 30_000 });
    expect(outcome).toBe('invalid');
    expect(sentence).toContain('ended by itself after 30.0 s');
  });

  it('calls it a broken promise when the bad version is never given up', async () => {
    const claim = await prepared({ measures: () => [] }, { rolloutEndsMs: 20_000 });
    await expect(judgeRollbackEffects(claim, scene)).rejects.toMatchObject({ code: 'PROMISE_NOT_KEPT' });
    expect(scene.time.timers).toBe(0);
  });

  const isAborted = () => scene.client.all('rollouts').some(({ status }) => status?.abort === true);
  const podsAreGone = () => {
    const { length } = scene.client
      .all('pods')
      .filter(({ metadata }) => metadata.namespace === 'gridos-rollback-effects');
    return isAborted() && length === 2;
  };
  it.each<[string, number | (() => boolean), RolloutFaults & ProgramFaults]>(
    fewOf(1, [
      ['before the fault', 1_000, {}],
      ['while the analysis measures', () => scene.traffic.behaviours.size > 0, {}],
      ['while the pods of the canary go', isAborted, {}],
      ['while a commit status is waited for', podsAreGone, { posts: 'nothing' }],
    ]),
  )('ends at once with a run that ends %s', async (_, when, faults) => {
    const claim = await prepared(faults);
    await expectInterrupted(scene, () => judgeRollbackEffects(claim, scene), when);
  });
});
