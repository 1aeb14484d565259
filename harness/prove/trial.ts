/** One run of the product's own path against a data plane, and what the other witnesses saw of it. */
import { mkdtemp } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import type { BooksReport, SplitReport } from '../../reports/model/run-report.ts';
import type { ProxyWeights } from '../evidence/proxy-routes.ts';
import { createK6Runner } from '../load/k6/k6-runner.ts';
import { preAllocatedVus } from '../load/k6/pre-allocated-vus.ts';
import type { LoadRunner } from '../ports/load.ts';
import type { RequestSample } from '../ports/request-sample.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { createSamplesFile } from '../run-directory/samples-file.ts';
import { runSplitPhase } from '../traffic/split-phase.ts';
import { versionReader } from '../traffic/traffic-path.ts';
import { ASSURANCE, type SplitArm } from '../verdict/split-judge.ts';
import { CANARY, type DataPlane, SERVICE, STABLE } from './data-plane.ts';
import type { TamperRule } from './tamper-rules.ts';
import { tamperedStart } from './tampered-start.ts';

export interface TrialOptions {
  /** Declared canary share; default 0.1. */
  readonly declared?: number;
  /** The load ends after so many requests, undecided or not; default 25,000, beyond the judge's own cap. */
  readonly mostRequests?: number;
  readonly requestTimeoutMs?: number;
  /** The slowest usual answer; default 100. */
  readonly usualMaxMs?: number;
  /** Default: what the product plans for such answers, on a machine that may stall for half a second. */
  readonly virtualUsers?: number;
  readonly tamper?: TamperRule;
  /** The load goes on to its end, whatever the verdict: a step of a rollout is watched for as long as it lasts. */
  readonly wholeStep?: boolean;
  /** Happens while load runs, from the first sample on. @returns when what it did took effect, Unix ms */
  readonly meanwhile?: (plane: DataPlane) => Promise<readonly number[]>;
}

export interface Trial {
  readonly split: SplitReport;
  readonly books: BooksReport;
  /** Arm that answered, null for none, in order of completion, warm-up included. */
  readonly completed: readonly { readonly sample: RequestSample; readonly arm: string | null }[];
  readonly warmUpRequests: number;
  /** Requests up to the decision (all that were sent, where there was none), and seconds from the first judged one. */
  readonly requests: number;
  readonly seconds: number;
  /** What `meanwhile` returned. */
  readonly moments: readonly number[];
  /** Per proxy, what it routes by after the run. */
  readonly weights: readonly (ProxyWeights | undefined)[];
  /** Growth of the proxies' own counters over the run. */
  readonly attempts: Readonly<Record<string, number>>;
  readonly retries: Readonly<Record<string, number>>;
}

export interface TrialWorld {
  readonly k6Path: string;
  readonly ratePerSecond: number;
  readonly signal: AbortSignal;
}

const LOOK_EVERY = 20;
/** A rate is known after a second and some. */
const LEAST_LOAD_MS = 5000;

export async function runTrial(world: TrialWorld, plane: DataPlane, options: TrialOptions): Promise<Trial> {
  const { ratePerSecond, signal } = world;
  const { declared = 0.1, mostRequests = 25_000, requestTimeoutMs = 5000, usualMaxMs = 100 } = options;
  const maxDurationMs = Math.max(LEAST_LOAD_MS, (1000 * mostRequests) / ratePerSecond);
  const directory = await mkdtemp(path.join(tmpdir(), 'canaryproof-prove-'));
  const completed: { sample: RequestSample; arm: string | null }[] = [];
  const arms: readonly SplitArm[] = [
    { name: STABLE, share: 1 - declared },
    { name: CANARY, share: declared },
  ];
  const armOf = versionReader(SERVICE);
  const samples = createSamplesFile(path.join(directory, 'samples.jsonl.gz'));
  const before = await countersOf(plane);
  let firstJudgedMs: number | undefined;
  let meanwhile: Promise<readonly number[]> | undefined;
  try {
    const runner = createK6Runner({
      k6Path: world.k6Path,
      logDirectory: directory,
      environment: process.env,
      ...(options.tamper === undefined ? {} : { startProgram: tamperedStart(options.tamper) }),
    });
    const { split, books } = await runSplitPhase(
      {
        id: 'prove',
        claimId: 'prove/split',
        title: 'split',
        path: 'direct',
        expectation: { arms, ...ASSURANCE.default, lookEvery: LOOK_EVERY },
        load: {
          phase: 'prove',
          url: plane.url,
          headers: {},
          hosts: {},
          identify: { kind: 'header', name: 'x-canaryproof-hops' },
          ratePerSecond,
          maxDurationMs,
          preAllocatedVus: options.virtualUsers ?? preAllocatedVus({ ratePerSecond, usualMaxMs, stallMs: 500 }),
          requestTimeoutMs,
          newConnectionPerRequest: false,
        },
        argvPrefix: [],
        warmUpRequests: ratePerSecond,
        generatorCores: availableParallelism(),
        armOf,
      },
      {
        load: options.wholeStep ? untilTheEnd(runner) : runner,
        samples: {
          write(sample) {
            samples.write(sample);
            // by our own clock: the generator's may be the mutant
            if (sample.sequence >= ratePerSecond) firstJudgedMs ??= Date.now();
            completed.push({ sample, arm: sample.status >= 500 || sample.status === 0 ? null : armOf(sample) });
            meanwhile ??= options.meanwhile?.(plane);
          },
        },
        progress: SILENT,
        now: Date.now,
      },
      signal,
    );
    const moments = (await meanwhile) ?? [];
    const after = await countersOf(plane);
    return {
      split,
      books,
      completed,
      warmUpRequests: ratePerSecond,
      moments,
      requests: split.outcome === 'invalid' ? books.sent : split.samples,
      seconds: firstJudgedMs === undefined ? maxDurationMs / 1000 : (split.decidedAt - firstJudgedMs) / 1000,
      weights: await Promise.all(plane.proxies.map((proxy) => proxy.weights())),
      attempts: growth(before.attempts, after.attempts),
      retries: growth(before.retries, after.retries),
    };
  } finally {
    samples.close();
    await removeOwnTree(directory);
  }
}

/** The same load, without an ear for "stop". */
function untilTheEnd(runner: LoadRunner): LoadRunner {
  return {
    run(request, argvPrefix, onSample, signal) {
      return runner.run(
        request,
        argvPrefix,
        (sample) => {
          onSample(sample);
          return 'continue';
        },
        signal,
      );
    },
  };
}

type Counters = Readonly<Record<string, number>>;

async function countersOf({ proxies }: DataPlane): Promise<{ attempts: Counters; retries: Counters }> {
  const sum = (all: readonly Counters[]): Counters => {
    const total: Record<string, number> = {};
    for (const counters of all)
      for (const [subset, count] of Object.entries(counters)) total[subset] = (total[subset] ?? 0) + count;
    return total;
  };
  return {
    attempts: sum(await Promise.all(proxies.map((proxy) => proxy.attempts()))),
    retries: sum(await Promise.all(proxies.map((proxy) => proxy.retries()))),
  };
}

function growth(before: Counters, after: Counters): Counters {
  return Object.fromEntries(Object.entries(after).map(([subset, count]) => [subset, count - (before[subset] ?? 0)]));
}

const SILENT = {
  step: () => ({ update: () => undefined, done: () => undefined, fail: () => undefined }),
  note: () => undefined,
};
