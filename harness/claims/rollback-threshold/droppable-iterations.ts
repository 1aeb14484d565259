/**
 * How many iterations a load generator may fail to start before the verdict of a trial could be another one.
 *
 * A dropped iteration is a request that was never sent: nobody counted it, on neither side of a ratio. Whatever else is
 * wrong with the books still voids a trial, and so does one dropped iteration more than this. At worst all k of them were
 * for the canary and in one window, so a window that holds n requests for certain holds n - k. Then, by kind of fault:
 *
 * - a level: its margin is derived for n less a tenth (threshold-margin.ts), so k = n/10;
 * - none, or every answer equally slow: a share of 0 or 1 and its quantiles are the same for any number of requests, as
 *   long as there are some, so k = n/2;
 * - a hold of D: a ratio crosses its limit L when the window W holds L/e of faulty requests. With k of n missing, faulty
 *   or not, that moment moves by at most W k/n, and so does the time above the limit, because no request is in the windows
 *   of both crossings. What the hold has to spare between that time and the time that the query asks for, less two
 *   scrapes and two merges of a histogram, gives k;
 * - a burst between two scrapes is a handful of requests, and without them nothing was tried: k = 0.
 */
import type { BooksReport } from '../../../reports/model/run-report.ts';
import { subqueryStepMs } from '../../rollouts/analysis-query.ts';
import type { Trial } from './declaration.ts';
import { type RollbackPolicy, STOPS_AFTER_MS, trafficOf } from './rollback-policy.ts';
import { leastRequestsInWindow, spareRequests, timeAboveLimitMs } from './threshold-margin.ts';

export function droppableIterations(policy: RollbackPolicy, trial: Trial): number {
  const traffic = trafficOf(policy, trial);
  switch (trial.fault.kind) {
    case 'level':
      return spareRequests(traffic);
    case 'latency':
      return Math.floor(leastRequestsInWindow(traffic) / 2);
    case 'none': {
      if (trial.traffic === 'none') return 0;
      const windowMs = trial.traffic === 'stops' ? STOPS_AFTER_MS : traffic.windowMs;
      return Math.floor(leastRequestsInWindow({ ...traffic, windowMs }) / 2);
    }
    case 'hold':
      return droppableInHold(policy, trial, trial.fault);
    case 'burst':
      return 0;
  }
}

function droppableInHold(policy: RollbackPolicy, trial: Trial, fault: { share: number; forMs: number }): number {
  const { windowMs, scrapeIntervalMs, flushMs, ...rates } = trafficOf(policy, trial);
  const aboveMs = timeAboveLimitMs(policy.claim.limit.share, fault.share, fault.forMs, windowMs);
  // instants a step apart: any time of the whole reach holds them all, and none shorter by a step can
  const stepMs = subqueryStepMs(policy.metric.query) ?? 0;
  const slackMs = trial.expect === 'aborted' ? aboveMs - policy.reachMs : policy.reachMs - stepMs - aboveMs;
  const spareMs = slackMs - 2 * (scrapeIntervalMs + flushMs);
  const inWindow = leastRequestsInWindow({ ...rates, windowMs, scrapeIntervalMs, flushMs });
  return Math.max(0, Math.floor((spareMs / windowMs) * inWindow));
}

/** Books whose only problem is no more dropped iterations than allowed are good, and `unsent` says so. */
export function withDroppable(
  books: BooksReport | undefined,
  droppable: number,
): { readonly books: BooksReport | undefined; readonly unsent?: string } {
  if (!books || books.droppedIterations === 0 || books.droppedIterations > droppable) return { books };
  const { problemCodes = [], ...rest } = books;
  if (problemCodes.length !== books.problems.length || problemCodes.some((code) => code !== 'dropped-iterations'))
    return { books };
  const offered = books.sent + books.droppedIterations;
  return {
    books: { ...rest, outcome: 'passed', problems: [] },
    unsent: `${books.droppedIterations} of ${offered} requests were not sent, and up to ${droppable} cannot change the outcome`,
  };
}
