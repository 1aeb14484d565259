/** Pauses and analyses that fit into a run: long enough that each share can be proven, and not longer. Pure. */
import { valueAt } from '../../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject } from '../../lint/manifest-set.ts';
import { parseGoDuration } from '../../oracle/go-duration.ts';
import { acceptanceSize } from '../../stats/inverted/fixed-sample.ts';
import { ASSURANCE, marginAround } from '../../verdict/split-expectation.ts';
import type { UnitFacts } from '../unit-facts.ts';
import { type Change, changesOf, type Edit } from './change.ts';

const SHORTEST_MS = 8_000;
const LONGEST_MS = 60_000;
/** What one machine offers beside everything else that it does. */
const MOST_PER_SECOND = 220;
/** Of a step, besides what it is held for: proxies take the weight, and the fit leaves out the change itself. */
const CHANGES_MS = 2_000;
/** At the assurance that a drafted profile has: how often a step may end before its share is proven, and some more. */
const ASSURED = 'smoke';
const UNDECIDED = 0.01;
const SLACK = 1.03;
/** Two shares near to each other take more than either by itself. */
const LEAST_REQUESTS = 1_800;
/**
 * The fit of the declared shares (stats/ordered-fit.ts) wants a likelihood ratio of ln 1000 = 7 for each step against its
 * neighbours. Requests that give 40 on average, with a standard deviation of sqrt(2 * 40), fall short of it in 1 of 10,000.
 */
const LIKELIHOOD_RATIO = 40;
const LEAST_PER_SECOND = 100;
const STEPS = '/spec/strategy/canary/steps';
/** Of an analysis in a run with short pauses. */
const MEASURES_EVERY_MS = 10_000;
const MEASURES_AFTER_MS = 15_000;
const UNSEEN_MEASUREMENTS = 3;

export interface Pauses {
  readonly changes: readonly Change[];
  /** How long a step that waits for a human must last at `ratePerSecond`, to be proven and told from its neighbours. */
  readonly neededMs: number;
  /** Requests that this takes. */
  readonly manualRequests: number;
  readonly ratePerSecond: number;
  readonly isManual: boolean;
}

/** @param real leaves every pause as declared */
export function pausesOf(rollout: ManifestObject, facts: UnitFacts, real: boolean): Pauses {
  const pauses = pausesIn(rollout);
  const timed = pauses.flatMap((pause) => (pause.ms === undefined ? [] : [{ ...pause, ms: pause.ms }]));
  const longest = Math.max(LEAST_REQUESTS, ...pauses.map(({ requests }) => requests));
  const manual = Math.max(
    LEAST_REQUESTS,
    ...pauses.flatMap(({ requests, ms }) => (ms === undefined ? [requests] : [])),
  );
  const heldMs = (requests: number) =>
    Math.min(LONGEST_MS, Math.max(SHORTEST_MS, Math.ceil(requests / MOST_PER_SECOND) * 1000 + CHANGES_MS));
  const bounded = ({ ms, requests }: { readonly ms: number; readonly requests: number }) =>
    real ? ms : heldMs(requests);
  const edits = timed
    .filter((pause) => bounded(pause) !== pause.ms)
    .map((pause): Edit => {
      const how = pause.ms > bounded(pause) ? 'shortened' : 'lengthened';
      const reason = `pauses are ${how} to what one machine needs to tell the steps apart (--pauses real keeps them)`;
      return { reason, set: { [`${STEPS}/${pause.index}/pause/duration`]: `${bounded(pause) / 1000}s` } };
    });
  const rates = timed.map((pause) => pause.requests / Math.max(1, (bounded(pause) - CHANGES_MS) / 1000));
  return {
    changes: changesOf(rollout, facts, [...edits, ...(real ? [] : experimentEdits(rollout))]),
    neededMs: heldMs(manual),
    manualRequests: manual,
    ratePerSecond: Math.min(
      MOST_PER_SECOND,
      Math.max(LEAST_PER_SECOND, Math.ceil(Math.max(...rates, longest / (heldMs(longest) / 1000)) / 10) * 10),
    ),
    isManual: pauses.some(({ ms }) => ms === undefined),
  };
}

interface HeldPause {
  readonly index: number;
  /** Undefined: until a human goes on. */
  readonly ms: number | undefined;
  /** What the share that it holds takes to be proven and told from its neighbours. */
  readonly requests: number;
}

function pausesIn(rollout: ManifestObject): readonly HeldPause[] {
  const steps = asList(valueAt(rollout.value, STEPS)).map((step) => asRecord(step) ?? {});
  const weights = steps.flatMap(({ setWeight }) => (typeof setWeight === 'number' ? [setWeight / 100] : []));
  const shares = [0, ...weights, 1];
  let place = 0;
  return steps.flatMap(({ setWeight, pause }, index): HeldPause[] => {
    if (typeof setWeight === 'number') place += 1;
    const written = asRecord(pause) ?? (pause === null ? {} : undefined);
    if (!written) return [];
    const share = shares[place] ?? 0;
    const neighbours = [
      shares.slice(0, place).findLast((one) => one !== share),
      shares.slice(place + 1).find((one) => one !== share),
    ];
    return [{ index, ms: durationMs(written.duration), requests: requestsFor(share, neighbours) }];
  });
}

function requestsFor(share: number, neighbours: readonly (number | undefined)[]): number {
  const proving = share > 0 && share < 1 ? SLACK * provingRequests(share) : 0;
  const telling = neighbours.map((other) => (other === undefined ? 0 : LIKELIHOOD_RATIO / divergence(share, other)));
  return Math.max(LEAST_REQUESTS, proving, ...telling);
}

function provingRequests(share: number): number {
  return acceptanceSize(share, marginAround([share], ASSURED), ASSURANCE[ASSURED].beta, UNDECIDED);
}

/** Kullback-Leibler, of one answer; without end where the other share excludes it. */
function divergence(p: number, q: number): number {
  const part = (a: number, b: number) => (a === 0 ? 0 : a * Math.log(a / b));
  return part(p, q) + part(1 - p, 1 - q);
}

/** A number of seconds, or a Go duration; undefined for neither. */
function durationMs(duration: unknown): number | undefined {
  if (typeof duration === 'number') return duration * 1000;
  if (typeof duration !== 'string') return undefined;
  return /^\d+$/.test(duration) ? Number(duration) * 1000 : parseGoDuration(duration);
}

/** An experiment is not what is proven, and it holds up the steps behind it. */
function experimentEdits(rollout: ManifestObject): Edit[] {
  return asList(valueAt(rollout.value, STEPS)).flatMap((step, index) => {
    const duration = asRecord(asRecord(step)?.experiment)?.duration;
    return Number(durationMs(duration)) > MEASURES_AFTER_MS
      ? [
          {
            reason: 'experiments are shortened as pauses are (--pauses real keeps them)',
            set: { [`${STEPS}/${index}/experiment/duration`]: `${MEASURES_AFTER_MS / 1000}s` },
          },
        ]
      : [];
  });
}

/**
 * When a metric is measured: an analysis that lasts half an hour would hold up the steps behind it.
 *
 * @param isAwaited by a step; one in the background goes on beside them, and with fewer measurements would see less of them
 */
export function timingEdits(metric: unknown, pointer: string, isAwaited: boolean): Edit[] {
  const { interval, initialDelay, count } = asRecord(metric) ?? {};
  const set = {
    ...(Number(durationMs(interval)) > MEASURES_EVERY_MS
      ? { [`${pointer}/interval`]: `${MEASURES_EVERY_MS / 1000}s` }
      : {}),
    ...(Number(durationMs(initialDelay)) > MEASURES_AFTER_MS
      ? { [`${pointer}/initialDelay`]: `${MEASURES_AFTER_MS / 1000}s` }
      : {}),
    ...(isAwaited ? fewerMeasurements(metric, count, pointer) : {}),
  };
  return Object.keys(set).length > 0
    ? [{ reason: 'measurements are closer together, as pauses are shorter (--pauses real keeps them)', set }]
    : [];
}

/**
 * Fewer of them: one more than its highest limit, and three that come before a fault that is injected into a running analysis
 * is seen (it begins some seconds later, and a rate needs two scrapes of it).
 */
function fewerMeasurements(metric: unknown, count: unknown, pointer: string): Readonly<Record<string, number>> {
  const limits = ['failureLimit', 'inconclusiveLimit', 'consecutiveErrorLimit', 'consecutiveSuccessLimit'].map(
    (name) => asRecord(metric)?.[name] ?? 0,
  );
  // an argument, whose value is not known here
  if (!limits.every((limit) => typeof limit === 'number')) return {};
  const fewest = Math.max(...limits) + 1 + UNSEEN_MEASUREMENTS;
  return typeof count === 'number' && count > fewest ? { [`${pointer}/count`]: fewest } : {};
}
