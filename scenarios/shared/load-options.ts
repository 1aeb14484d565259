/** k6 options of a load run: an open loop at a constant arrival rate. */
import type { ScenarioRequest } from './load-request.ts';
import { needsBody } from './receiver-identity.ts';

/** An arrival rate in k6's whole numbers; fractions to a thousandth of a request per second. */
export function arrivalRate(ratePerSecond: number): { readonly rate: number; readonly timeUnit: string } {
  return Number.isInteger(ratePerSecond)
    ? { rate: ratePerSecond, timeUnit: '1s' }
    : { rate: Math.round(ratePerSecond * 1000), timeUnit: '1000s' };
}

/** After the last start, requests may take their full time-out; then k6 interrupts them. */
const GRACE_MS = 2000;

export function loadOptions(request: ScenarioRequest) {
  return {
    scenarios: {
      traffic: {
        executor: 'constant-arrival-rate' as const,
        ...arrivalRate(request.ratePerSecond),
        duration: `${Math.ceil(request.maxDurationMs)}ms`,
        gracefulStop: `${Math.ceil(request.requestTimeoutMs) + GRACE_MS}ms`,
        preAllocatedVUs: request.preAllocatedVus,
        // Never more than planned: k6 starts unplanned VUs one at a time, too late for a load step. An iteration
        // without a free VU is a dropped one, and the harness refuses a run with any.
        maxVUs: request.preAllocatedVus,
      },
    },
    ...(Object.keys(request.hosts).length === 0 ? {} : { hosts: { ...request.hosts } }),
    discardResponseBodies: !needsBody(request.identify),
    noConnectionReuse: request.newConnectionPerRequest,
    // Every iteration starts with an empty cookie jar: a sticky-session cookie must not follow a VU.
    noCookiesReset: false,
    maxRedirects: 0,
    userAgent: 'canaryproof (k6)',
    // Only counts are read from k6's own books, so neither tags nor percentiles are worth their cost.
    systemTags: [],
    summaryTrendStats: ['count'],
  };
}
