/** The planted systems: what stands behind Envoy, what is asked of it, and what is true. */
import { createHash } from 'node:crypto';
import { PULSE, WITHIN_SECONDS } from '../../capacity/questions/return-from-overload.ts';
import { tamperedStart } from '../tampered-start.ts';
import type { PlaneSpec } from './plane.ts';
import { type LoggedRequest, meanServiceMs } from './plane-config.ts';
import {
  bucketTruth,
  lossTruth,
  pacedLossTruth,
  ratioOf,
  ratioTruth,
  returnTruth,
  type Truth,
} from './planted-truth.ts';
import { latenessOf, type PacedStretch } from './replayed-pool.ts';
import type { Ask, Level, Searched, Spoil } from './search-plane.ts';
import { starvedStart } from './starved-start.ts';

/** What is found of a truth; a side that is absent is open. */
export interface Found {
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

/** What was measured beside the search, from Envoy's log. */
export interface Beside {
  readonly requests: readonly LoggedRequest[];
  readonly stretches: readonly PacedStretch[];
}

interface Planted {
  /** A letter of the design, and which of its systems. */
  readonly key: string;
  readonly title: string;
  readonly plane: PlaneSpec;
  readonly ask: Ask;
  /** Other such runs beside it change neither what is true nor how sharply that is known, but for what its guards see. */
  readonly sideBySide?: boolean;
}

/** Its truth must be in what is found, as often as the confidence says. */
export interface BracketSystem extends Planted {
  readonly kind: 'bracket';
  readonly unit: '/s' | '×';
  /** One search each. */
  readonly pools: readonly string[];
  truth(beside: Beside): Truth;
  found(searches: readonly Searched[]): Found;
  /** A wrong way to know the truth, which what is found must not hold. */
  readonly control?: { readonly title: string; readonly truth: Truth };
}

/** Its instrument is spoilt: the product must say so, by one of these codes, and nothing about the subject. */
export interface InvalidSystem extends Planted {
  readonly kind: 'invalid';
  readonly spoil: Spoil;
  readonly codes: readonly string[];
}

export type System = BracketSystem | InvalidSystem;

const WORKERS = 20;
const SERVICE_MS = 50;
const CANARY_WORKERS = 16;
const TOKENS_PER_SECOND = 400;
/** What the objectives p95<… and p99<… allow. */
const [FIVE, ONE] = [0.05, 0.01];

const poolOf = (workers: number, queue = 0) => ({ workers, serviceMs: SERVICE_MS, queue });
const ASK: Ask = { objective: 'p95<250ms', arrivals: 'poisson', fromRate: 50, maxRate: 800 };
const bracketOf = ([search]: readonly Searched[]): Found => ({ low: search?.low, high: search?.high });

const LOSS: Pick<BracketSystem, 'kind' | 'unit' | 'plane' | 'pools' | 'found'> = {
  kind: 'bracket',
  unit: '/s',
  plane: { pools: { pool: poolOf(WORKERS) } },
  pools: ['pool'],
  found: bracketOf,
};

/** Retries of a proxy against a queue that is longer than their time. */
const RETRYING = { workers: 5, queue: 100, retries: { count: 2, tryTimeoutMs: 200 } };
const RETRYING_RATE = (RETRYING.workers * 1000) / SERVICE_MS;

const spoilt = (key: string, title: string, spoil: Spoil, codes: readonly string[]): InvalidSystem => ({
  ...{ key, title, spoil, codes },
  kind: 'invalid',
  plane: LOSS.plane,
  ask: ASK,
});
const LATE = ['CAPACITY_LATE', 'CAPACITY_DROPPED', 'CAPACITY_UNSENT'];

export const SYSTEMS: readonly System[] = [
  {
    ...{ ...LOSS, key: 'a-poisson', title: `${WORKERS} workers of ${SERVICE_MS} ms, no queue, Poisson`, ask: ASK },
    // lateness leaves Poisson arrivals Poisson; that of paced ones is part of their truth, so those run alone
    sideBySide: true,
    truth: () => lossTruth(WORKERS, SERVICE_MS, FIVE),
  },
  {
    ...{ ...LOSS, key: 'a-paced', title: `${WORKERS} workers of ${SERVICE_MS} ms, no queue, paced` },
    ask: { ...ASK, arrivals: 'paced' },
    truth: ({ requests, stretches }) => {
      const arrivedMs = requests.map(({ atMs }) => atMs).toSorted((a, b) => a - b);
      return pacedLossTruth(WORKERS, SERVICE_MS, FIVE, latenessOf(stretches, arrivedMs));
    },
    control: { title: 'paced arrivals, judged as if they were Poisson', truth: lossTruth(WORKERS, SERVICE_MS, FIVE) },
  },
  {
    ...{ ...LOSS, key: 'b-breaker', title: `Envoy lets ${WORKERS} through at a time, ${SERVICE_MS} ms each` },
    plane: { pools: { pool: { latencyMs: SERVICE_MS } }, envoy: { maxRequests: WORKERS } },
    ask: ASK,
    // a request is Envoy's until its last byte is back, timers and sockets included
    truth: ({ requests }) => lossTruth(WORKERS, meanServiceMs(requests) ?? SERVICE_MS, FIVE),
  },
  {
    ...{ ...LOSS, key: 'c-bucket', title: `Envoy lets ${TOKENS_PER_SECOND}/s through, paced, 1 %` },
    // its burst outlasts any lateness that the guards let pass
    sideBySide: true,
    plane: { pools: { pool: {} }, envoy: { tokensPerSecond: TOKENS_PER_SECOND } },
    ask: { ...ASK, objective: 'p99<250ms', arrivals: 'paced' },
    truth: () => bucketTruth(TOKENS_PER_SECOND, ONE),
  },
  {
    ...{
      ...LOSS,
      key: 'd-canary',
      title: `canary of ${CANARY_WORKERS} workers against stable of ${WORKERS}`,
      ask: ASK,
    },
    unit: '×',
    plane: { pools: { stable: poolOf(WORKERS), canary: poolOf(CANARY_WORKERS) } },
    pools: ['canary', 'stable'],
    truth: () => ratioTruth(CANARY_WORKERS, WORKERS, FIVE),
    found([canary, stable]) {
      const [one, other] = [canary, stable].map((search) => twoSided(search));
      return one && other ? ratioOf(one, other) : {};
    },
  },
  {
    ...{
      ...LOSS,
      key: 'e-retries',
      title: `${RETRYING.retries.count} retries of ${RETRYING.retries.tryTimeoutMs} ms: what comes back`,
    },
    plane: { pools: { pool: poolOf(RETRYING.workers, RETRYING.queue) }, envoy: { retries: RETRYING.retries } },
    // even arrivals: independent ones would fill the queue now and then without any pulse
    ask: { objective: 'p95<500ms', arrivals: 'paced', fromRate: 20, maxRate: 400, pulse: true },
    truth: () =>
      returnTruth(RETRYING_RATE, RETRYING.retries.count, {
        backlogSeconds: RETRYING.queue / RETRYING_RATE + PULSE.seconds,
        withinSeconds: WITHIN_SECONDS,
      }),
    found: ([search]) => comesBack(search),
  },
  spoilt('f-starved', 'a generator without processor time', { start: starvedStart, onSubjectOnly: false }, [
    'CAPACITY_GENERATOR_CEILING',
  ]),
  spoilt(
    'f-starved-later',
    'a generator that loses its processor time',
    { start: starvedStart, onSubjectOnly: true },
    LATE,
  ),
  spoilt('f-lines', "half of the generator's lines lost", { start: tamperedStart('drop-half'), onSubjectOnly: true }, [
    'CAPACITY_EVIDENCE_LOST',
  ]),
];

function twoSided(search: Searched | undefined) {
  const { low, high } = search ?? {};
  return low === undefined || high === undefined ? undefined : { low, high };
}

/** Where nothing was stuck, as high as was tried; where nothing came back, nothing is known of the lower end. */
function comesBack(search: Searched | undefined): Found {
  const { recovers, stuck } = search?.returned ?? {};
  return { low: recovers, high: stuck };
}

/** Of what is asked: runs with another one are no repetitions. */
export function questionOf({ key, plane, ask }: System, level: Level): string {
  return createHash('sha256')
    .update(JSON.stringify([key, plane, ask, level]))
    .digest('hex')
    .slice(0, 16);
}
