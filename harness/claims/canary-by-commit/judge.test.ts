import { describe, expect, test } from 'vitest';
import type { RequestSample } from '../../ports/request-sample.ts';
import { meshedPod, PODS } from '../../testkit/fakes/fake-scene.ts';
import { playPrograms } from '../../testkit/fakes/played-programs.ts';
import { fewOf, thorough } from '../../testkit/runner/thorough.ts';
import { type Play, prepared } from './canary-fixture.ts';
import type { CanaryByCommitClaim } from './declaration.ts';
import { judgeCanaryByCommit } from './judge.ts';

async function judge(play: Play = {}, change: Partial<CanaryByCommitClaim> = {}) {
  const { scene, claim, receivers, running, messages } = await prepared(play);
  playPrograms(receivers.run);
  const result = await judgeCanaryByCommit({ ...claim, ...change }, scene).finally(() => {
    expect(running()).toBe(0);
    expect(receivers.behaviour).toEqual({});
    expect(scene.source.files).toEqual(scene.source.history[0]?.files);
  });
  return { ...result, messages: messages(), receivers };
}

test('each commit reaches both paths before the next, and the failing canary is taken away: passed', async () => {
  const { claim, splits, books, findings, ledgers, messages, receivers } = await judge();
  expect(claim.sentence).toMatch(
    /^reviews-v3 20 %, then reviews-v3 40 %, then the revert to reviews-v3 20 %: each by a commit, and proven on ingress and mesh before the next\. \d\.\d s after reviews-v3 began to fail its clients saw the objective broken, and \d\.\d s later, within 20\.0 s, it answered for the last time: .* None of \d+ requests were lost\. All 2 pods are the same, none restarted\.$/,
  );
  expect(claim.outcome).toBe('passed');
  expect(splits?.map(({ path, outcome }) => [path, outcome])).toEqual(
    [1, 2, 3, 4].flatMap(() => [
      ['ingress', 'passed'],
      ['mesh', 'passed'],
    ]),
  );
  expect(splits?.map(({ arms }) => arms.at(-1)?.declaredShare)).toEqual([0.2, 0.2, 0.4, 0.4, 0.2, 0.2, 0, 0]);
  expect(claim.details.map(({ label }) => label)).toEqual([
    'reviews-v3 20 %',
    'reviews-v3 40 %',
    'the revert to reviews-v3 20 %',
    'the abort, reviews-v3 0 %',
  ]);
  expect([books?.length, ledgers?.length, findings]).toEqual([2, 1, []]);
  expect(receivers.told).toEqual(['{"errorShare":0.5}', '{}']);
  expect(messages).toEqual([
    'Move traffic: reviews-v3 20 %',
    'Move traffic: reviews-v3 40 %',
    'Revert "Move traffic: reviews-v3 40 %"',
    'Abort: reviews-v3 0 %',
    'Put back: weights',
  ]);
});

thorough('without an abort nobody is told to fail', async () => {
  const { claim, splits, receivers } = await judge({}, { abort: undefined });
  expect([claim.outcome, splits?.length, receivers.told]).toEqual(['passed', 6, []]);
});

describe('fails', () => {
  test('when clients of one path do not get a step, and makes no further commit', async () => {
    const { claim, findings, messages } = await judge({ shareAt: { 40: 20 }, wrongPath: 'mesh' });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(/^Clients, traffic after the commit of reviews-v3 40 % \(mesh\): /);
    expect(findings).toMatchObject([{ code: 'OBSERVED_SHARE_DIFFERS', where: 'VirtualService bookinfo/reviews' }]);
    expect(messages).toEqual(['Move traffic: reviews-v3 20 %', 'Move traffic: reviews-v3 40 %', 'Put back: weights']);
  });

  thorough('when the canary gets traffic after the abort', async () => {
    const { claim, findings } = await judge({ shareAt: { 0: 3 } });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toContain('traffic after the commit of the abort, reviews-v3 0 %');
    expect(findings).toMatchObject([{ code: 'OBSERVED_SHARE_DIFFERS' }]);
  });

  thorough('when the abort comes too late', async () => {
    const late = { abort: { errorShare: 0.5, objective: 0.01, withinMs: 500 } };
    const { claim, findings } = await judge({ abortLagMs: 900 }, late);
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(/later, not within 0\.5 s, it answered for the last time/);
    expect(findings).toMatchObject([{ code: 'CANARY_NOT_TAKEN_BACK', layer: 'observed' }]);
  });

  test.each(
    fewOf(1, [
      ['by no answer', { status: 0, identity: '', errorCode: 1050 }],
      ['by a proxy', { status: 503, identity: '' }],
      ['by the program, before anybody told it', { status: 500 }],
    ]),
  )('when one request is lost: %s', async (_, change) => {
    const answer = (sample: RequestSample) => (sample.sequence === 900 ? { ...sample, ...change } : sample);
    const { claim, findings } = await judge({ answer });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(/ 2 of \d+ requests were lost\./);
    expect(findings).toMatchObject([{ code: 'CANARY_LOST_REQUESTS' }]);
  });

  thorough('when a pod is replaced by a commit', async () => {
    const { claim, findings } = await judge({
      onCommit(message, scene) {
        if (message.includes('40 %')) scene.client.put(PODS, meshedPod('v3-new', { labels: { app: 'reviews' } }));
      },
    });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toContain('Pods were replaced or restarted: v3-new.');
    expect(findings).toMatchObject([{ code: 'CANARY_PODS_TOUCHED', layer: 'api' }]);
  });

  test('when a commit of values changes nothing that is rendered, and blames that', async () => {
    const { scene, claim, receivers } = await prepared({ shareAt: { 20: 10 } });
    playPrograms(receivers.run);
    await scene.source.commit(
      [...scene.source.files, { path: 'values.yaml', text: 'stable: 90\ncanary: 10\n' }],
      'Put values',
    );
    const values = { file: 'values.yaml', weights: { 'reviews-v1': '/stable', 'reviews-v3': '/canary' } };
    const { claim: report, findings } = await judgeCanaryByCommit({ ...claim, values }, scene);
    expect(report.outcome).toBe('failed');
    expect(findings).toMatchObject([
      {
        ...{ code: 'VALUES_WITHOUT_EFFECT', layer: 'git', where: 'canary/reviews-traffic-90-10.yaml:11' },
        sentence: expect.stringMatching(
          /^After the commit of reviews-v3 20 % .*values\.yaml does not decide/,
        ) as string,
      },
    ]);
  });

  test('at once, without load or commit, when nothing syncs commits', async () => {
    const { claim, findings, messages } = await judge({ automated: null });
    expect(claim.outcome).toBe('failed');
    expect(findings).toMatchObject([{ code: 'COMMITS_NOT_SYNCED', where: 'Application argocd/bookinfo' }]);
    expect(messages).toEqual([]);
  });

  test('when a commit is not deployed, and Git is put back', async () => {
    await expect(judge({ asleep: 'reviews-v3 40 %' })).rejects.toMatchObject({ code: 'PROMISE_NOT_KEPT' });
  });
});

thorough('an objective that clients do not see broken decides nothing', async () => {
  const { claim, messages } = await judge({ deaf: true });
  expect(claim.outcome).toBe('inconclusive');
  expect(claim.sentence).toContain('no abort was made');
  expect(messages.some((message) => message.startsWith('Abort'))).toBe(false);
});

thorough('bad books are no verdict', async () => {
  const { claim, findings } = await judge({ distort: (result) => ({ ...result, droppedIterations: 500 }) });
  expect(claim.outcome).toBe('invalid');
  expect(findings).toEqual([]);
});

test('a run that is over says nothing', async () => {
  const over = new AbortController();
  const reason = new DOMException('time is up', 'TimeoutError');
  const { scene, claim, receivers, running } = await prepared({
    signal: over.signal,
    onCommit: (message) => message.includes('40 %') && over.abort(reason),
  });
  playPrograms(receivers.run);
  await expect(judgeCanaryByCommit(claim, scene)).rejects.toBe(reason);
  expect(running()).toBe(0);
});
