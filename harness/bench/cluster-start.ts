/**
 * From no cluster to one whose addons are ready, with a kept base of the control plane and without, in turn in one run.
 * Usage: node harness/bench/cluster-start.ts [TIMES]
 */
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type BaseStore, createBaseStore } from '../../clusters/local/base/kept-base.ts';
import { createLocalCluster } from '../cli/compose/local-cluster.ts';
import type { World } from '../cli/world.ts';
import type { ClusterSpec } from '../ports/cluster.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { createFakeWorld } from '../testkit/fakes/fake-world.ts';
import { createSilentProgress } from '../testkit/fakes/silent-progress.ts';

const TIMES = 5;
const SPEC: ClusterSpec = {
  name: 'bench',
  addons: ['istio', 'argocd', 'prometheus'],
  componentVersions: {},
  images: [],
};
const NONE: BaseStore = { read: async () => undefined, write: async () => undefined };

async function startSeconds(world: World, bases: BaseStore): Promise<number> {
  const { provider } = createLocalCluster(world, [], bases);
  const beganMs = performance.now();
  try {
    await provider.up(SPEC, createSilentProgress(), new AbortController().signal);
    return (performance.now() - beganMs) / 1000;
  } finally {
    await provider.down(SPEC.name, createSilentProgress());
  }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

function said(name: string, seconds: readonly number[]): void {
  const each = seconds.map((one) => one.toFixed(1)).join(', ');
  console.log(`${name}: ${median(seconds).toFixed(1)} s (median of ${each})`);
}

async function main(times: number): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-bench-'));
  const world = { ...createFakeWorld(), env: { ...process.env, XDG_STATE_HOME: folder }, cwd: folder, now: Date.now };
  const kept = createBaseStore(path.join(folder, 'base'));
  try {
    // finds the programs, and leaves the base
    await startSeconds(world, kept);
    const without: number[] = [];
    const from: number[] = [];
    for (let time = 0; time < times; time += 1) {
      without.push(await startSeconds(world, NONE));
      from.push(await startSeconds(world, kept));
    }
    said('without a kept base', without);
    said('from a kept base', from);
    console.log(`ratio of the medians: ${(median(from) / median(without)).toFixed(2)}`);
  } finally {
    await removeOwnTree(folder);
  }
}

if (import.meta.main) await main(Number(process.argv[2] ?? TIMES));
