import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { differences } from './live-state.ts';
import { entry, sha } from './rollback-fixture.ts';
import { auditHistory, readDeployments } from './sync-history.ts';

const source = { repoURL: 'http://git/bookinfo.git', path: '.' };
const commits = [sha(1), sha(2), sha(3)];

const application = (history: readonly object[], spec: object = { source }): KubeObject => ({
  metadata: { name: 'bookinfo', namespace: 'argocd' },
  spec: { ...spec },
  status: { history },
});
const audit = (history: readonly object[]) => auditHistory(readDeployments(application(history)), commits, source);

describe('agrees', () => {
  test.each([
    ['one by one', [entry(0, sha(1)), entry(1, sha(2)), entry(2, sha(3))]],
    ['where a commit changed no object or was overtaken', [entry(0, sha(1)), entry(1, sha(3))]],
    ['where the same commit was synced once more', [entry(0, sha(1)), entry(1, sha(1)), entry(2, sha(2))]],
    ['where the oldest were dropped', [entry(7, sha(2)), entry(8, sha(3))]],
  ])('%s', (_, history) => {
    expect(audit(history)).toEqual({ entries: history.length, parted: undefined });
  });

  test('of several sources that of the repository counts', () => {
    const sources = [{ repoURL: 'http://charts' }, source];
    const { revision: _, source: __, ...rest } = entry(0, '') as Record<string, unknown>;
    const history = [{ ...rest, sources, revisions: ['1.2.3', sha(1)] }];
    const [first] = readDeployments(application(history, { sources: [source, { repoURL: 'http://charts' }] }));
    expect(first).toMatchObject({ commit: sha(1), source, by: 'automated sync' });
  });
});

describe('parts', () => {
  test.each([
    ['a commit that Git does not hold', [entry(0, sha(1)), entry(1, sha(9))], /at id 1 .* which Git does not hold/],
    ['a way back', [entry(0, sha(2)), entry(1, sha(1))], /went back from commit 2{12} to 1{12}/],
    ['an entry that is gone', [entry(0, sha(1)), entry(2, sha(2))], /at id 2 .* id 0: what was between is gone/],
    ['a time that goes back', [entry(0, sha(1)), entry(1, sha(2), { deployedAt: '2020-01-01T00:00:00Z' })], /older/],
    [
      'another source',
      [entry(0, sha(1)), entry(1, sha(2), { source: { ...source, path: 'old' } })],
      /was synced from http:\/\/git\/bookinfo.git old, and the Application reads/,
    ],
  ])('%s', (_, history, parted) => {
    expect(audit(history).parted).toMatch(parted);
  });

  test('a commit that must be there and is not', () => {
    const deployments = readDeployments(application([entry(0, sha(1))]));
    const expected = [{ commit: sha(2), what: 'the commit' }];
    expect(auditHistory(deployments, commits, source, expected).parted).toContain('no entry of the commit, 2222');
    expect(auditHistory([], commits, source, expected).parted).toContain('no entry of the commit, 2222');
  });
});

test('an Application that is gone has no history to be read', () => {
  expect(() => readDeployments(undefined)).toThrow(expect.objectContaining({ code: 'HISTORY_UNREADABLE' }));
});

test('objects that came, went and changed are named, their values are not', () => {
  const before = new Map([
    ['Secret a', '{"data":{"key":"secret"}}'],
    ['Service b', '{}'],
  ]);
  const after = new Map([
    ['Secret a', '{"data":{"key":"other"}}'],
    ['Service c', '{}'],
  ]);
  expect(differences(before, after)).toEqual([
    'Secret a differs at /data/key',
    'Service b is gone',
    'Service c was not there before',
  ]);
});
