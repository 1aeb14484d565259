import { describe, expect, test } from 'vitest';
import { thorough } from '../../testkit/runner/thorough.ts';
import { judgeRollbackAudit } from './judge.ts';
import { entry, type Play, prepared, sha } from './rollback-fixture.ts';

async function judge(play: Play = {}) {
  const { scene, claim, messages } = await prepared(play);
  return { ...(await judgeRollbackAudit(claim, scene)), scene, messages };
}

test('commit and revert deployed, recorded and observed: passed', async () => {
  const { claim, findings, splits, books, scene, messages } = await judge();
  expect(claim.outcome).toBe('passed');
  expect(claim.sentence).toMatch(
    /^Git and Argo CD's history agree in 3 deployments, commit 222222222222 and its revert 333333333333 among them; after the revert the files in Git and 1 object in the cluster are as before, byte for byte; clients after the commit: .* After the revert: /,
  );
  expect(findings).toEqual([]);
  expect(splits?.map(({ outcome }) => outcome)).toEqual(['passed', 'passed']);
  expect(splits?.[0]?.arms.find(({ name }) => name === 'v3')).toMatchObject({ declaredShare: 1 });
  expect(books).toHaveLength(2);
  expect(messages()).toEqual([
    'first',
    'Move traffic: reviews-v1 0, reviews-v3 100',
    'Revert "Move traffic: reviews-v1 0, reviews-v3 100"',
  ]);
  expect(scene.source.files).toEqual(scene.source.history[0]?.files);
  expect(scene.source.history[2]?.commit.message).toContain(`This reverts commit ${sha(2)}.`);
});

thorough('entries of an earlier repository, on a cluster that was kept, are nobody of ours', async () => {
  const { claim } = await judge({ before: [entry(4, 'a'.repeat(40)), entry(5, sha(1))] });
  expect(claim.outcome).toBe('passed');
});

describe('history and Git part', () => {
  test('where Argo CD was rolled back without a commit: nothing is committed then', async () => {
    const before = [entry(0, sha(1)), entry(1, sha(2)), entry(2, sha(1), { initiatedBy: { username: 'admin' } })];
    const { claim, findings, messages } = await judge({ before, commitsBefore: 2, automated: null });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(
      /^History and Git part: at id 2 \(.*, by admin\) Argo CD went back from commit 222222222222 to 111111111111, and no commit of Git says so\.$/,
    );
    expect(findings).toMatchObject([{ code: 'HISTORY_PARTS_FROM_GIT', where: 'Application argocd/bookinfo' }]);
    expect(messages()).toEqual(['first', 'more']);
  });

  test('where the history does not hold the commit', async () => {
    const { claim, findings } = await judge({ unrecorded: 'Move traffic' });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toContain('History and Git part: the history holds no entry of the commit, 222222222222,');
    expect(findings).toHaveLength(1);
  });

  test('where Argo CD keeps no history', async () => {
    const { claim } = await judge({ limit: 0, before: [] });
    expect(claim.sentence).toContain('the history holds no entry of the commit');
    expect(claim.outcome).toBe('failed');
  });
});

describe('fails', () => {
  test('when automated sync is off, at once', async () => {
    const { claim, findings, messages } = await judge({ automated: null });
    expect(claim).toMatchObject({ outcome: 'failed', sentence: expect.stringContaining('is switched off') });
    expect(findings).toMatchObject([{ code: 'COMMITS_NOT_SYNCED' }]);
    expect(messages()).toEqual(['first']);
  });

  test('when an object is not as before, though Synced and though clients get the old shares', async () => {
    const { claim, findings } = await judge({ leftSpec: { exportTo: ['.'] } });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(
      /^Argo CD says Synced at the revert 3{12}, and the cluster is not as before: VirtualService bookinfo\/reviews differs at \/spec\/exportTo\. Clients after the commit: /,
    );
    expect(findings).toMatchObject([{ code: 'REVERT_NOT_RESTORED', layer: 'api' }]);
  });

  test('when clients get something else after the revert, while all above agrees', async () => {
    const { claim, findings } = await judge({ shareAfter: 0.3 });
    expect(claim.outcome).toBe('failed');
    expect(findings).toMatchObject([{ code: 'REVERT_NOT_OBSERVED', layer: 'observed' }]);
  });

  test('when the commit is not deployed, and Git is put back', async () => {
    const { scene, claim, messages } = await prepared({ asleep: 'Move traffic' });
    await expect(judgeRollbackAudit(claim, scene)).rejects.toMatchObject({ code: 'PROMISE_NOT_KEPT', exitCode: 1 });
    expect(messages().at(-1)).toBe('Put back: Move traffic: reviews-v1 0, reviews-v3 100');
    expect(scene.source.files).toEqual(scene.source.history[0]?.files);
  });
});

test('clients are asked when the proxies have the commit, and a proxy that never takes it holds up nothing', async () => {
  const { scene, claim } = await prepared();
  const seen = { proxy: 'istio-system/gateway', host: 'reviews.bookinfo.svc.cluster.local', version: '' };
  const takes = (weights: Record<string, number>) =>
    scene.recorder.layers.route({ ...seen, atMs: scene.clock.ms, sinceMs: undefined, weights });
  takes({ 'reviews-v1': 90, 'reviews-v3': 10 });
  const { claim: judged } = await judgeRollbackAudit(claim, scene);
  expect(judged.outcome).toBe('passed');
  // after the commit in vain; after the revert it holds what Git says
  expect(judged.durationMs).toBeGreaterThanOrEqual(scene.profile.budgets.routesAppliedMs);
  expect(judged.durationMs).toBeLessThan(2 * scene.profile.budgets.routesAppliedMs);
});

test('a generator that could not keep up is given half the rate, and both books are shown', async () => {
  let loads = 0;
  const { claim, books } = await judge({
    distort: (result) => ({ ...result, droppedIterations: loads++ === 0 ? 1_000 : 0 }),
  });
  expect(claim.outcome, claim.sentence).toBe('passed');
  expect(books?.map(({ outcome, repeatedAs }) => [outcome, repeatedAs !== undefined])).toEqual([
    ['invalid', true],
    ['passed', false],
    ['passed', false],
  ]);
});

describe('lost evidence is no pass:', () => {
  thorough('bad books', async () => {
    const { claim, findings } = await judge({ distort: (result) => ({ ...result, droppedIterations: 1_000 }) });
    expect(claim.outcome).toBe('invalid');
    expect(findings).toEqual([]);
  });

  test('an entry that does not say which commit', async () => {
    const { scene, claim } = await prepared({ before: [entry(0, sha(1)), { id: 1 }] });
    await expect(judgeRollbackAudit(claim, scene)).rejects.toMatchObject({ code: 'HISTORY_UNREADABLE', exitCode: 3 });
  });

  test('an Application that names none of its objects', async () => {
    const { scene, claim } = await prepared({ resources: [] });
    await expect(judgeRollbackAudit(claim, scene)).rejects.toMatchObject({ code: 'LIVE_STATE_UNKNOWN', exitCode: 3 });
  });

  test.each(['Move traffic', 'Revert'])('a run that is over at the commit %s', async (when) => {
    const over = new AbortController();
    const reason = new DOMException('time is up', 'TimeoutError');
    const onCommit = (message: string) => message.startsWith(when) && over.abort(reason);
    const { scene, claim } = await prepared({ change: { signal: over.signal }, onCommit });
    await expect(judgeRollbackAudit(claim, scene)).rejects.toBe(reason);
  });
});
