/**
 * Every time limit of a profile, in one place. A limit that runs out is never waited past: the claim that waited fails
 * and says which condition did not hold. All are milliseconds here and durations such as `45s` or `2m` in documents.
 */
import { z } from 'zod';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const LONGEST_MS = 24 * UNIT_MS.h;
const DURATION = /^(\d+(\.\d+)?(ms|s|m|h))+$/;

/** `250ms`, `45s`, `2m`, `1m30s`; undefined when it is not a positive duration of at most a day. */
export function durationToMs(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    totalMs += Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
  return totalMs > 0 && totalMs <= LONGEST_MS ? totalMs : undefined;
}

/** A duration in a document; stays text, so that the JSON Schema describes what people write. */
export const durationText = z
  .string()
  .regex(DURATION, { error: 'must be a duration such as 45s, 2m or 1m30s', abort: true })
  .refine((text) => durationToMs(text) !== undefined, { error: 'must be longer than nothing and at most a day' });

/** Limit -> its default and what it bounds. */
export const BUDGETS = {
  applicationSynced: {
    default: '120s',
    bounds: 'from applying the Application to Synced and Healthy at the pushed revision',
  },
  podsReady: { default: '120s', bounds: 'from Synced to every pod Ready with all its containers' },
  ingressAnswers: { default: '60s', bounds: 'from pods ready to the first attributed answer through the ingress' },
  routesApplied: { default: '30s', bounds: 'from a route written to the API to every proxy having acknowledged it' },
  objectReturns: { default: '60s', bounds: 'from deleting an object that Git declares to its return' },
  driftHealed: { default: '60s', bounds: 'from changing an object by hand to its value from Git' },
  removedObjectGone: { default: '90s', bounds: 'from a commit that removes an object to its absence from the API' },
  commitObserved: { default: '90s', bounds: 'from a commit that changes weights to clients receiving the new shares' },
  metricsSettled: { default: '60s', bounds: 'from the last request to Prometheus holding all of them' },
  rolloutEnds: {
    default: '10m',
    bounds: 'from a new version to the end of its rollout: promoted, aborted, or waiting for a human',
  },
  run: {
    default: '15m',
    bounds: 'the whole run; when spent, load stops, changes are undone and the report is written',
  },
} as const satisfies Record<string, { default: string; bounds: string }>;

export type BudgetName = keyof typeof BUDGETS;
/** Milliseconds per limit, each name ending in `Ms`. */
export type Budgets = { readonly [Name in BudgetName as `${Name}Ms`]: number };

export const BUDGET_NAMES = Object.keys(BUDGETS) as BudgetName[];

/** Documented durations (already checked) to milliseconds, with defaults where none is given. */
export function resolveBudgets(document: Partial<Record<BudgetName, string | undefined>>): Budgets {
  const entries = BUDGET_NAMES.map((name) => [`${name}Ms`, durationToMs(document[name] ?? BUDGETS[name].default)]);
  return Object.fromEntries(entries) as Budgets;
}
