import './conform.test.ts';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { exitCodeOf } from '../cli/talk/run-output.ts';
import { EXIT, environmentError, invalidEvidenceError } from '../errors/harness-error.ts';
import type { ClusterProvider } from '../ports/cluster.ts';
import { loadFault } from '../profile/faults.ts';
import type { Profile } from '../profile/profile.ts';
import { bookinfoProfile, fakeCluster } from '../testkit/fakes/fake-scene.ts';
import {
  calls,
  claimsOf,
  client,
  conformTestbed,
  folder,
  ingressUrl,
  interruption,
  progress,
  run,
  runRecord,
} from './conform-fixture.ts';

conformTestbed();

test('a run of some claims says which it says nothing about', async () => {
  const { report } = await run({ claimsLeftOut: ['bookinfo/application'] });
  expect(report.findings).toContainEqual(
    expect.objectContaining({ code: 'CLAIMS_LEFT_OUT', sentence: expect.stringContaining('bookinfo/application') }),
  );
});

describe('several faults', () => {
  const faults = async (...names: string[]) => {
    const profile = await bookinfoProfile();
    return Promise.all(names.map((name) => loadFault(profile, name)));
  };

  test('interrupted: a row for each, and the claims that are not judged under faults are named', async () => {
    const list = client.list;
    client.list = async (collection, selector) => {
      if (collection.resource === 'pods') interruption.abort();
      return list(collection, selector);
    };
    const { report } = await run({ faults: await faults('pod-count', 'split-80-20') });
    expect(report.claims.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      'bookinfo/split-90-10 under fault pod-count inconclusive',
      'bookinfo/split-90-10 under fault split-80-20 inconclusive',
    ]);
    expect(report.claims.at(-1)?.sentence).toBe('Not judged: the run was interrupted.');
    expect(report.findings.find(({ code }) => code === 'CLAIMS_LEFT_OUT')?.sentence).toContain(
      'bookinfo/sidecars, bookinfo/prometheus-agrees',
    );
  });
});

describe('the last claim', () => {
  const BUDGET_MS = 654_321;
  let budget: AbortController;
  beforeEach(() => {
    budget = new AbortController();
    const timeout = AbortSignal.timeout;
    const spy = (ms: number) => (ms === BUDGET_MS ? budget.signal : timeout.call(AbortSignal, ms));
    vi.spyOn(AbortSignal, 'timeout').mockImplementation(spy);
  });
  afterEach(() => vi.restoreAllMocks());

  const spend = () => budget.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));

  /** Two claims that pass; `event` happens once, while the second is judged or when it has been. */
  async function ending(when: 'during' | 'after', event: () => void) {
    const whole = await bookinfoProfile();
    const [sidecars] = claimsOf(whole, ['sidecars']);
    const claims = [sidecars!, { ...sidecars!, id: 'bookinfo/last' }];
    const profile = { ...whole, claims, budgets: { ...whole.budgets, runMs: BUDGET_MS } };
    let judged = 0;
    const note = (text: string) => {
      progress.note(text);
      if (/^passed .*sidecars/.test(text)) judged = 1;
      if (when === 'after' && /^passed .*last/.test(text)) event();
    };
    const list = client.list;
    client.list = async (...args) => {
      if (when === 'during' && judged === 1) event();
      return list(...args);
    };
    const product = await run({ profile, cleanup: 'on-success' }, { progress: { ...progress, note } });
    return { ...product, exitCode: exitCodeOf(product), last: product.report.claims.at(-1)! };
  }

  test('the time budget ends when it has been judged: it stands, and so does the run', async () => {
    const { report, exitCode } = await ending('after', spend);
    expect(report.claims.map(({ outcome }) => outcome)).toEqual(['passed', 'passed']);
    expect(report.outcome).toBe('passed');
    expect(exitCode).toBe(EXIT.passed);
  });
});

test('building programs and starting the cluster do not eat the time budget of the run', async () => {
  const whole = await bookinfoProfile();
  const profile: Profile = { ...whole, claims: [], budgets: { ...whole.budgets, runMs: 20 } };
  let stopped: boolean | undefined;
  await run(
    { profile },
    {},
    {
      async up(_spec, _progress, signal) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        stopped = signal.aborted;
        return fakeCluster({ ingressUrl, git: { directory: path.join(folder, 'bare'), url: 'http://git' } });
      },
    },
  );
  expect(stopped).toBe(false);
});

describe('--cleanup', () => {
  const up = (code: string) => async () => {
    throw environmentError(code, 'did not work');
  };

  test('a cluster that failed to start is removed, and the run says why it failed', async () => {
    await expect(run({}, {}, { up: up('CLUSTER_START_FAILED') })).rejects.toMatchObject({
      code: 'CLUSTER_START_FAILED',
    });
    expect(calls).toEqual(['down']);
    expect(await runRecord()).toMatchObject({ state: 'failed', failure: { code: 'CLUSTER_START_FAILED' } });
  });

  const there = { name: 'bookinfo', provider: 'local', kubeconfigPath: '', createdAt: 0, detail: '' };
  const listed = { list: async () => [{ ...there, state: 'running' as const }] };

  test('one that this run made anew goes', async () => {
    const anew: ClusterProvider['up'] = async (_spec, _progress, _signal, onMaking) => {
      onMaking?.();
      throw environmentError('CLUSTER_START_FAILED', 'did not work');
    };
    await expect(run({}, {}, { ...listed, up: anew })).rejects.toThrow();
    expect(calls).toEqual(['down']);
  });

  test('a clean-up that fails does not hide why the run failed; alone it is the error', async () => {
    const down = up('CLUSTER_WONT_DIE');
    const both = { up: up('CLUSTER_START_FAILED'), down };
    await expect(run({}, {}, both)).rejects.toMatchObject({ code: 'CLUSTER_START_FAILED' });
    expect(progress.told).toContain('note cluster bookinfo was not removed: did not work');
    await expect(run({}, {}, { down })).rejects.toMatchObject({ code: 'CLUSTER_WONT_DIE' });
  });
});

test('a watch that the API server refuses ends the run with that error, not the process', async () => {
  const refused = environmentError('FORBIDDEN', 'virtualservices are forbidden');
  client.watch = () => Promise.reject(refused);
  await expect(run()).rejects.toBe(refused);
  expect(calls).toEqual(['up', 'down']);
});

describe('a lost lease', () => {
  const reason = invalidEvidenceError('CLUSTER_LEASE_LOST', 'the lease was lost');
  const holds = { lost: new AbortController().signal, requireHeld: async () => undefined };

  test('also when only the last look finds it', async () => {
    await expect(run({}, { lease: { ...holds, requireHeld: () => Promise.reject(reason) } })).rejects.toBe(reason);
  });

  test('changes nothing while it is held', async () => {
    expect((await run({}, { lease: holds })).report.outcome).toBe('inconclusive');
  });
});
