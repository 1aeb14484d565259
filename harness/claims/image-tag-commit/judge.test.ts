import { afterEach, describe, expect, it } from 'vitest';
import { ROLLOUTS } from '../../rollouts/rollout-object.ts';
import {
  createFakeRolloutScene,
  type FakeRolloutScene,
  type RolloutFaults,
} from '../../testkit/rollouts/fake-rollout-scene.ts';
import { expectInterrupted } from '../../testkit/rollouts/interrupted.ts';
import { fewOf, thorough } from '../../testkit/runner/thorough.ts';
import { judgeImageTag } from './judge.ts';

let scene: FakeRolloutScene;
afterEach(() => scene[Symbol.dispose]());

async function prepared(faults: RolloutFaults = {}, budgets = {}) {
  scene = await createFakeRolloutScene('gridos', faults, budgets);
  return scene.claim('image-tag-commit');
}
async function judged(faults: RolloutFaults, budgets = {}) {
  const claim = await prepared(faults, budgets);
  const result = await judgeImageTag(claim, scene);
  expect(scene.time.timers).toBe(0);
  expect(scene.traffic.running).toBe(0);
  return result.claim;
}
const tagNow = () => scene.source.files.find(({ path }) => path.endsWith('overlays/dev/kustomization.yaml'))?.text;

describe('judgeImageTag', () => {
  it('passes a tag that is seen by the poll and answers within the limit, and takes it back', async () => {
    const { outcome, sentence, details } = await judged({ pollMs: 60_000 });
    expect(outcome).toBe('passed');
    expect(sentence).toMatch(/^Tag v1\.0\.2: OutOfSync after \d+\.\d s, canary started after 6\d\.\d s, first answer/);
    expect(details.map(({ label }) => label)).toEqual([
      ...['commit', 'OutOfSync', 'canary started', 'first answer of v1.0.2'],
    ]);
    expect(tagNow()).toContain('newTag: v1.0.0');
  });

  thorough('fails a tag that is seen after the limit', async () => {
    const { outcome, sentence } = await judged({ pollMs: 185_000 });
    expect(outcome).toBe('failed');
    expect(sentence).toContain('no answer of v1.0.2 within 180.0 s of the push');
    expect(tagNow()).toContain('newTag: v1.0.0');
  });

  it('cannot be judged where that version answered before anything was committed', async () => {
    let sent = 0;
    const answers: RolloutFaults['answers'] = ({ status, version }) => {
      sent += 1;
      return { status, version: sent % 10 === 0 ? 'v1.0.2' : version };
    };
    const claim = await prepared({ answers });
    await expect(judgeImageTag(claim, scene)).rejects.toMatchObject({
      code: 'RELEASE_ANSWERS_ALREADY',
      message: expect.stringMatching(/^v1\.0\.2 gave \d+ of \d+ answers before its commit/),
    });
    expect(tagNow()).toContain('newTag: v1.0.0');
    expect(scene.traffic.running).toBe(0);
  });

  it('fails a tag that is seen and never applied', async () => {
    const { outcome, sentence } = await judged({ neverSyncs: true });
    expect(outcome).toBe('failed');
    expect(sentence).toContain('canary started not seen, first answer of v1.0.2 not seen');
  });

  thorough('fails a tag whose version is started and gets no client', async () => {
    const { outcome, sentence } = await judged({ answers: ({ status }) => ({ status, version: 'v1.0.0' }) });
    expect(outcome).toBe('failed');
    expect(sentence).toMatch(/canary started after .*first answer of v1\.0\.2 not seen/);
  });

  thorough('blames the layer that parts first, once, for a tag that gets no client', async () => {
    const claim = await prepared({ writes: () => 0 });
    const { claim: judgement, findings = [] } = await judgeImageTag(claim, scene);
    expect(judgement.outcome).toBe('failed');
    expect(findings.map(({ code, layer }) => [code, layer])).toEqual([['WEIGHT_NOT_AS_BELIEVED', 'api']]);
    expect(judgement.sentence).toMatch(/believed 10 % .+, while VirtualService gridos-dev\/gridos-app said 0 %/);
  });

  it('fails when the tag that was taken back stays', async () => {
    const faults: RolloutFaults = {};
    faults.answers = (answer) => {
      if (answer.version === 'v1.0.2') faults.stuck = true;
      return answer;
    };
    const { outcome, sentence } = await judged(faults, { podsReadyMs: 20_000 });
    expect(outcome).toBe('failed');
    expect(sentence).toContain('the reverted commit was not rolled out in time');
  });

  thorough('does not take the promotion of the tag for its withdrawal', async () => {
    const faults: RolloutFaults = {};
    const claim = await prepared(faults, { podsReadyMs: 20_000 });
    faults.answers = (answer) => {
      if (answer.version !== 'v1.0.2' || faults.stuck) return answer;
      faults.stuck = true;
      // somebody promotes it in full, and nothing else happens any more
      const rollout = scene.client.read('rollouts', 'gridos-dev', 'gridos-app')!;
      const { currentPodHash } = rollout.status as { currentPodHash: string };
      const status = { ...rollout.status, phase: 'Healthy', stableRS: currentPodHash, observedGeneration: '99' };
      scene.client.put({ ...ROLLOUTS, namespace: 'gridos-dev' }, { ...rollout, status });
      return answer;
    };
    const { claim: judgement } = await judgeImageTag(claim, scene);
    expect(judgement.outcome).toBe('failed');
    expect(judgement.sentence).toContain('the reverted commit was not rolled out in time');
  });

  it('fails when automated sync is off, without any load', async () => {
    const claim = await prepared();
    const [application] = scene.client.all('applications');
    scene.client.write('applications', { ...application!, spec: { syncPolicy: {} } });
    const { claim: judgement } = await judgeImageTag(claim, scene);
    expect(judgement.outcome).toBe('failed');
    expect(judgement.sentence).toContain('so no commit starts anything');
  });

  thorough('is invalid when the load ended by itself', async () => {
    expect((await judged({ endsAfterMs: 30_000 })).outcome).toBe('invalid');
  });

  it.each(
    fewOf(1, [
      ['before Argo CD has seen the commit', 20_000],
      ['when the canary has started', () => (scene.client.all('replicasets').length ?? 0) > 1],
      ['while the commit is taken back', () => scene.source.history.length > 2],
    ]),
  )('ends at once with a run that ends %s', async (_, when) => {
    const claim = await prepared();
    await expectInterrupted(scene, () => judgeImageTag(claim, scene), when);
  });
});
