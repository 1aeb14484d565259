/**
 * Whatever an API server answers, or does not: no object changes that we did not make, and what we made can be taken away
 * afterwards. The same cases for a server in memory and for a real one behind the same proxy.
 */

import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RemovalTimes } from '../../clusters/existing/owned-objects.ts';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { objectsOfOthers, snapshot, writeAsConform } from './cluster-of-others.ts';
import { createSilentProgress } from './fakes/silent-progress.ts';
import { FAULTS, type Fault, type FaultProxy } from './fault-proxy.ts';
import { BUSY_MS, leftOf, SHARED_NAME, SHARED_SPEC, userOf } from './user-of-shared.ts';

export interface SharedCluster extends AsyncDisposable {
  /** Reads and writes past the proxy, as the owner of the cluster. */
  readonly admin: ClusterClient;
  readonly proxy: FaultProxy;
  /** A node of the cluster. */
  readonly node: string;
}

export interface HarmlessSubject {
  readonly title: string;
  /** A cluster with `objectsOfOthers` and their definitions in it. */
  open(): Promise<SharedCluster>;
  readonly modes: (phase: Phase) => readonly Mode[];
  /** Default: all. */
  readonly faults?: readonly Fault[];
  /** Which of them; default: all. */
  readonly isCase?: (phase: Phase, method: Verb, fault: Fault) => boolean;
  /** All cases share one cluster. */
  readonly oneAtATime?: boolean;
  /** For what real controllers have to finish. */
  readonly removalTimes?: RemovalTimes;
}

/** For a server that does not answer because it was told so. */
const HANGS_MS = 300;
/** Against hanging: a busy machine takes its time. */
const LIMIT_MS = 300_000;

const MODES = {
  always: () => true,
  'from the fourth on': (index: number) => index >= 3,
  'only the second': (index: number) => index === 1,
} as const;
export const VERBS = ['GET', 'POST', 'PATCH', 'DELETE'] as const;
export const PHASES = ['up', 'conform', 'down'] as const;
type Verb = (typeof VERBS)[number];
type Phase = (typeof PHASES)[number];
type Mode = keyof typeof MODES;
let runs = 0;

export function harmlessCases(subject: HarmlessSubject): void {
  const { isCase = () => true } = subject;
  const plans = VERBS.flatMap((method) => (subject.faults ?? FAULTS).map((fault) => ({ method, fault })));
  describe(`a cluster of others: ${subject.title}`, () => {
    test(
      'without a fault: ours comes and goes, and every write to what is not ours is refused',
      async () => {
        expect(await runOn(subject, [], undefined)).toEqual([]);
      },
      LIMIT_MS,
    );
    if (subject.oneAtATime)
      test.each(plans)(
        'up, conform and down, $method answered with $fault',
        async (plan) => {
          await runOn(subject, PHASES, { ...plan, modes: subject.modes });
        },
        LIMIT_MS,
      );
    else
      test.concurrent.each(
        PHASES.flatMap((phase) =>
          plans.filter(({ method, fault }) => isCase(phase, method, fault)).map((plan) => ({ phase, ...plan })),
        ),
      )(
        '$phase, $method answered with $fault',
        async ({ phase, ...plan }) => {
          for (const mode of subject.modes(phase)) await runOn(subject, [phase], { ...plan, modes: () => [mode] });
        },
        LIMIT_MS,
      );
  });
}

interface Plan {
  readonly method: string;
  readonly fault: Fault;
  readonly modes: (phase: Phase) => readonly Mode[];
}

/** @param phases in which answers are spoiled */
async function runOn(
  subject: HarmlessSubject,
  phases: readonly Phase[],
  plan: Plan | undefined,
): Promise<readonly string[]> {
  await using cluster = await subject.open();
  const { admin, proxy, node } = cluster;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-harmless-'));
  runs += 1;
  const ours = `ours-${process.pid}-${runs}`;
  let answerMs = BUSY_MS;
  const user = () => userOf(proxy.kubeconfig, folder, ours, () => answerMs, {}, subject.removalTimes);
  const progress = createSilentProgress();
  const { signal } = new AbortController();
  const others = objectsOfOthers(SHARED_NAME);
  let accepted: readonly string[] = [];
  try {
    const before = await snapshot(admin, others);
    expect(before.filter((one) => one.endsWith('gone'))).toEqual([]);
    const spoiled = async (phase: Phase, work: () => Promise<unknown>) => {
      if (plan === undefined || !phases.includes(phase)) return;
      for (const mode of plan.modes(phase)) {
        proxy.plan({ ...plan, strikes: MODES[mode] });
        answerMs = plan.fault === 'hang' ? HANGS_MS : BUSY_MS;
        await work().catch((error: unknown) =>
          // a fault is told as one of the environment's, and never as a bug
          expect(error).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/) }),
        );
        proxy.plan(undefined);
        answerMs = BUSY_MS;
        expect(await snapshot(admin, others)).toEqual(before);
      }
    };
    const first = user();
    await spoiled('up', () => first.up(SHARED_SPEC, progress, signal));
    await first.release();
    if (!phases.includes('up') || phases.length > 1) {
      const provider = user();
      await provider.up(SHARED_SPEC, progress, signal);
      const conform = async () => {
        ({ accepted } = await writeAsConform(provider.profileClient(), ours, node));
      };
      await spoiled('conform', conform);
      if (!phases.includes('conform')) await conform();
      await spoiled('down', () => provider.down(SHARED_NAME, progress));
      await provider.release();
    }
    // what a fault left is found and taken away by the next one, who knows nothing but the files
    await user().down(SHARED_NAME, progress);
    expect(await snapshot(admin, others)).toEqual(before);
    expect(await leftOf(admin, ours)).toEqual([]);
  } finally {
    proxy.plan(undefined);
    await removeOwnTree(folder);
  }
  return accepted;
}
