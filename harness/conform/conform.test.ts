import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { exitCodeOf } from '../cli/talk/run-output.ts';
import { EXIT, environmentError, invalidEvidenceError, usageError } from '../errors/harness-error.ts';
import { loadFault } from '../profile/faults.ts';
import { bookinfoFiles, bookinfoProfile } from '../testkit/fakes/fake-scene.ts';
import { fewOf, thorough } from '../testkit/runner/thorough.ts';
import {
  calls,
  claimsOf,
  client,
  conformTestbed,
  folder,
  interruption,
  progress,
  repository,
  run,
  runRecord,
} from './conform-fixture.ts';

conformTestbed();

test('up, deployed through Git, judged, reported, down', async () => {
  const { report, directory } = await run();
  expect(report.findings.map(({ code }) => code)).not.toContain('CLAIMS_LEFT_OUT');
  expect(report.claims.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
    'bookinfo/sidecars passed',
    'bookinfo/prometheus-agrees inconclusive',
    'bookinfo/split-90-10 inconclusive',
  ]);
  expect(report.splits.map(({ path: clients, reason }) => `${clients} ${reason}`)).toEqual([
    'ingress no-requests',
    'mesh no-requests',
  ]);
  expect(report.findings.map(({ code }) => code)).toEqual(['ENVIRONMENT_UNWATCHED']);
  expect(report.run).toMatchObject({ interrupted: false, reproduce: 'again' });
  expect(report.components.map(({ name }) => name)).toEqual(['istiod', 'k6', 'canaryproof']);
  expect(report.appendix.phases.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['Argo CD syncs the application', 'pods', 'ingress answers']),
  );
  expect(client.writes.slice(0, 2)).toEqual(['apply Namespace bookinfo', 'apply Application bookinfo']);
  expect(repository).toMatch(/^http:\/\/git\/bookinfo-.*\.git$/);
  expect(calls).toEqual(['up', 'down']);
  expect(await runRecord()).toMatchObject({ state: 'finished' });
  expect(JSON.parse(await readFile(path.join(directory, 'result.json'), 'utf8')).outcome).toBe('inconclusive');
});

test('manifests that cannot be right: refused before anything is started', async () => {
  const profile = await bookinfoProfile();
  const files = (await bookinfoFiles(profile)).map((file) => ({
    ...file,
    text: file.text.replace('subset: reviews-v3', 'subset: reviews-v9'),
  }));
  await expect(run({}, { collectFiles: async () => files })).rejects.toMatchObject({ exitCode: 2 });
  expect(calls).toEqual([]);
  expect(await readdir(folder)).not.toContain('runs');
});

describe('several faults', () => {
  const faults = async (...names: string[]) => {
    const profile = await bookinfoProfile();
    return Promise.all(names.map((name) => loadFault(profile, name)));
  };

  test('the same one twice: refused before anything is started', async () => {
    await expect(run({ faults: await faults('pod-count', 'pod-count') })).rejects.toMatchObject({
      code: 'FAULT_TWICE',
    });
    expect(calls).toEqual([]);
  });
});

describe('an interruption', () => {
  test('gives a report in which what was not reached is not judged', async () => {
    const list = client.list;
    client.list = async (collection, selector) => {
      if (collection.resource === 'pods') interruption.abort();
      return list(collection, selector);
    };
    const { report } = await run();
    expect(report.run.interrupted).toBe(true);
    expect(report.outcome).toBe('inconclusive');
    expect(report.claims.at(-1)?.sentence).toBe('Not judged: the run was interrupted.');
    expect(calls).toEqual(['up', 'down']);
  });

  thorough('the same when the time budget is spent', async () => {
    const whole = await bookinfoProfile();
    const claims = claimsOf(whole, ['sidecars']);
    const runMs = 654_321;
    const timeout = AbortSignal.timeout;
    const spent = AbortSignal.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
    using spy = vi.spyOn(AbortSignal, 'timeout');
    spy.mockImplementation((ms) => (ms === runMs ? spent : timeout.call(AbortSignal, ms)));
    const { report } = await run({ profile: { ...whole, claims, budgets: { ...whole.budgets, runMs } } });
    expect(report.run.interrupted).toBe(false);
    expect(report.claims).toMatchObject([
      { outcome: 'inconclusive', sentence: 'Not judged: the time budget of the run was spent.' },
    ]);
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
  const interrupt = () => interruption.abort(new DOMException('interrupted', 'AbortError'));

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

  thorough('the time budget ends while it is judged: not green, and says so', async () => {
    const { report, last, exitCode } = await ending('during', spend);
    expect(report.claims.map(({ outcome }) => outcome)).toEqual(['passed', 'inconclusive']);
    expect(last.sentence).toMatch(/^Cut short: the time budget of the run was spent before this was decided\. 1 of 1/);
    expect(last.details).toHaveLength(1);
    expect(report).toMatchObject({ outcome: 'inconclusive', run: { interrupted: false } });
    expect(exitCode).toBe(EXIT.budget);
    // on success only
    expect(calls).toEqual(['up']);
  });

  test('Ctrl-C while it is judged: not green, and says so', async () => {
    const { report, last } = await ending('during', interrupt);
    expect(report.claims.map(({ outcome }) => outcome)).toEqual(['passed', 'inconclusive']);
    expect(last.sentence).toMatch(/^Cut short: the run was interrupted/);
    expect(report).toMatchObject({ outcome: 'inconclusive', run: { interrupted: true } });
  });

  thorough('Ctrl-C when it has been judged: it stands, the interrupted run is no pass', async () => {
    const { report } = await ending('after', interrupt);
    expect(report.claims.map(({ outcome }) => outcome)).toEqual(['passed', 'passed']);
    expect(report).toMatchObject({ outcome: 'inconclusive', run: { interrupted: true } });
  });
});

describe('--cleanup', () => {
  test.each(
    fewOf(2, [
      ['always', ['up', 'down']],
      // the run is inconclusive
      ['on-success', ['up']],
      ['never', ['up']],
    ] as const),
  )('%s', async (cleanup, expected) => {
    await run({ cleanup });
    expect(calls).toEqual(expected);
    const kept = 'note cluster bookinfo is kept; remove it with: canaryproof down --name bookinfo';
    expect(progress.told.includes(kept)).toBe(expected.length === 1);
  });

  thorough('on-success after a pass', async () => {
    const whole = await bookinfoProfile();
    const profile = { ...whole, claims: claimsOf(whole, ['sidecars']) };
    expect((await run({ profile, cleanup: 'on-success' })).report.outcome).toBe('passed');
    expect(calls).toEqual(['up', 'down']);
  });

  const up = (code: string) => async () => {
    throw environmentError(code, 'did not work');
  };

  test('a cluster that somebody else works on is left alone', async () => {
    await expect(run({}, {}, { up: up('CLUSTER_BUSY') })).rejects.toMatchObject({ code: 'CLUSTER_BUSY' });
    expect(calls).toEqual([]);
  });

  const there = { name: 'bookinfo', provider: 'local', kubeconfigPath: '', createdAt: 0, detail: '' };
  const listed = { list: async () => [{ ...there, state: 'running' as const }] };

  thorough('a cluster that somebody kept stays, also after an error, also where it cannot be listed', async () => {
    await run({}, {}, listed);
    expect(calls).toEqual(['up']);
    expect(progress.told).toContain(
      'note cluster bookinfo was up before this run and is kept; remove it with: canaryproof down --name bookinfo',
    );
    await expect(run({}, {}, { ...listed, up: up('DISK_TOO_SMALL') })).rejects.toThrow();
    await expect(run({}, {}, { list: up('NO_ENGINE'), up: up('NO_ENGINE') })).rejects.toThrow();
    expect(calls).toEqual(['up']);
  });

  test('bad input that is found late removes nothing', async () => {
    const late = async () => {
      throw usageError('COMPONENT_VERSION_UNKNOWN', 'no istio 9.9.9');
    };
    await expect(run({}, {}, { up: late })).rejects.toMatchObject({ exitCode: 2 });
    expect(calls).toEqual([]);
  });
});

describe('a lost lease', () => {
  const reason = invalidEvidenceError('CLUSTER_LEASE_LOST', 'the lease was lost');
  const holds = { lost: new AbortController().signal, requireHeld: async () => undefined };

  test('aborts the run as invalid, and leaves the cluster to whoever is on it', async () => {
    await expect(run({}, { lease: { ...holds, lost: AbortSignal.abort(reason) } })).rejects.toBe(reason);
    expect(calls).toEqual(['up']);
    expect(await runRecord()).toMatchObject({ state: 'failed', failure: { code: 'CLUSTER_LEASE_LOST' } });
  });
});
