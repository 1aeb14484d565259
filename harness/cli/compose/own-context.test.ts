/** Which contexts need no word of their user: those of a cluster that we made, and none that came into its file. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { recordIdentity } from '../../../clusters/access/ownership/cluster-identity.ts';
import { createClusterClient } from '../../../k8s/client/cluster-client.ts';
import type { ClusterStatus } from '../../ports/cluster.ts';
import { openStrictCluster } from '../../testkit/strict-cluster.ts';
import { isOwnContext } from './own-context.ts';

const statusOf = (provider: string, kubeconfigPath: string): ClusterStatus => ({
  ...{ provider, kubeconfigPath, name: 'bookinfo', state: 'running', createdAt: 0, detail: '' },
});

test('the context of a cluster that we made is one; what was merged beside it, and what is of others, is none', async () => {
  await using ours = await openStrictCluster();
  await using theirs = await openStrictCluster();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-own-context-'));
  try {
    const file = await ours.kubeconfigAt(folder, 'ours');
    await recordIdentity(file, createClusterClient(file));
    const made = [statusOf('local', file)];
    expect(await isOwnContext(made, file, 'ours')).toBe(true);

    const [mine, other] = await Promise.all(
      [file, await theirs.kubeconfigAt(folder, 'prod')].map(async (one) => JSON.parse(await readFile(one, 'utf8'))),
    );
    for (const list of ['clusters', 'users', 'contexts']) mine[list].push(...other[list]);
    await writeFile(file, JSON.stringify(mine));
    expect(await isOwnContext(made, file, 'prod')).toBe(false);
    expect(await isOwnContext(made, file, 'ours')).toBe(true);

    // the private copy of a context of others, and a file of nobody's
    expect(await isOwnContext([statusOf('existing', file)], file, 'ours')).toBe(false);
    expect(await isOwnContext([], file, 'ours')).toBe(false);
  } finally {
    await rm(folder, { recursive: true });
  }
});
