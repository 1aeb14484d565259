import { expect, test } from 'vitest';
import type { ClusterProvider } from '../ports/cluster.ts';
import { cleanUp } from './clean-up.ts';

const SHOP = {
  name: 'shop',
  provider: 'local',
  state: 'running',
  kubeconfigPath: '',
  createdAt: 0,
  detail: '',
} as const;

async function notesOf(list: ClusterProvider['list']) {
  const notes: string[] = [];
  const provider = { name: 'local', list } as unknown as ClusterProvider;
  const progress = { note: (text: string) => void notes.push(text), step: () => expect.unreachable() };
  const end = { outcome: undefined, failure: new Error('interrupted'), isOurs: true };
  await cleanUp({ cleanup: 'never', clusterName: 'shop' }, { provider, progress }, end);
  return notes;
}

test('a cluster that its provider took back while it came up is not said to be kept', async () => {
  expect(await notesOf(async () => [])).toEqual(['nothing of cluster shop is left']);
  expect(await notesOf(async () => [{ ...SHOP, name: 'other' }])).toEqual(['nothing of cluster shop is left']);
});

test('one that is there is, and one of which nothing can be told', async () => {
  const kept = ['cluster shop is kept; remove it with: canaryproof down --name shop'];
  expect(await notesOf(async () => [SHOP])).toEqual(kept);
  expect(await notesOf(() => Promise.reject(new Error('no engine')))).toEqual(kept);
});
