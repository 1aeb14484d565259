/** Turns a load request into what a scenario is told, k6's options included. */
import type { LoadOptions, ScenarioTarget, ScenarioValues } from '../../../scenarios/shared/scenario-values.ts';
import { readsBody, scriptIdentify } from '../../documents/identify-kinds.ts';
import { USER_AGENT } from '../../documents/request-mark.ts';
import type { LoadRequest } from '../../ports/load.ts';
import { executionSegment } from './execution-segment.ts';

/** After the last start, requests may take their full time-out; then k6 interrupts them. */
const GRACE_MS = 2000;

export function scenarioValues(request: LoadRequest): ScenarioValues {
  return {
    options: loadOptions(request),
    method: request.method ?? 'GET',
    params: { redirects: 0, timeout: request.requestTimeoutMs },
    identify: scriptIdentify(request.identify),
    ...(request.marked === undefined ? {} : { marked: request.marked }),
    ...(request.users === undefined ? {} : { users: request.users }),
    ...(request.arrivals === undefined
      ? {}
      : {
          schedule: {
            arrivals: request.arrivals.kind,
            seed: request.arrivals.seed,
            ratePerSecond: request.ratePerSecond,
            ...(request.arrivals.start === undefined ? {} : { start: request.arrivals.start }),
          },
        }),
  };
}

/**
 * What is asked, for k6's environment and never for its script: address and headers may hold secrets, and a script is a
 * file, kept as evidence and read by whoever reads the run. Of the ways to hand over a secret only the environment
 * leaves nothing when everything is killed at once (a file of mode 0600 would stay), passes through the programs that
 * enter a pod's network, and is read by nobody but this user and root (/proc/PID/environ has mode 0400).
 */
export function targetEnvironment({ url, headers }: LoadRequest): Readonly<Record<'CANARYPROOF_TARGET', string>> {
  const target: ScenarioTarget = { url, headers };
  return { CANARYPROOF_TARGET: JSON.stringify(target) };
}

function loadOptions(request: LoadRequest): LoadOptions {
  return {
    scenarios: {
      traffic: {
        executor: 'constant-arrival-rate',
        ...arrivalRate(request.ratePerSecond),
        duration: `${Math.ceil(request.maxDurationMs)}ms`,
        gracefulStop: `${Math.ceil(request.requestTimeoutMs) + GRACE_MS}ms`,
        preAllocatedVUs: request.preAllocatedVus,
        // Never more than planned: k6 starts unplanned VUs one at a time, too late for a load step. An iteration
        // without a free VU is a dropped one, and the harness refuses a run with any.
        maxVUs: request.preAllocatedVus,
      },
    },
    ...(request.segment === undefined ? {} : executionSegment(request.segment)),
    ...(Object.keys(request.hosts).length === 0 ? {} : { hosts: { ...request.hosts } }),
    discardResponseBodies: !readsBody(request.identify),
    noConnectionReuse: request.newConnectionPerRequest,
    // Every iteration starts with an empty cookie jar: a sticky-session cookie must not follow a VU.
    noCookiesReset: false,
    maxRedirects: 0,
    userAgent: USER_AGENT,
    // Only counts are read from k6's own books, so neither tags nor percentiles are worth their cost.
    systemTags: [],
    summaryTrendStats: ['count'],
  };
}

/** An arrival rate in k6's whole numbers; fractions to a thousandth of a request per second. */
function arrivalRate(ratePerSecond: number): { readonly rate: number; readonly timeUnit: string } {
  return Number.isInteger(ratePerSecond)
    ? { rate: ratePerSecond, timeUnit: '1s' }
    : { rate: Math.round(ratePerSecond * 1000), timeUnit: '1000s' };
}
