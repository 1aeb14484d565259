/** The events of a rollback in the order in which they must come, with the gap before each. */
import type { WaterfallReport } from './rollout-report.ts';

export type RollbackEventName = WaterfallReport['events'][number]['name'];

const ROLLBACK_TITLE: Readonly<Record<RollbackEventName, string>> = {
  'fault-injected': 'fault injected',
  'metric-crosses': 'metric crosses its limit',
  'measurement-failed': 'measurement failed',
  'analysis-failed': 'AnalysisRun failed',
  aborted: 'rollout aborted',
  'weight-zero-declared': 'weight 0 declared',
  'weight-zero-acknowledged': 'weight 0 acknowledged',
  'last-canary-answer': 'last answer of the canary',
  'canary-pods-gone': 'canary pods gone',
  'commit-status-posted': 'commit status posted',
};
const ORDER = Object.keys(ROLLBACK_TITLE) as RollbackEventName[];
/** A rollback without one of these is not one; the others depend on what the profile sets up. */
const ESSENTIAL: readonly RollbackEventName[] = [
  'measurement-failed',
  'analysis-failed',
  'aborted',
  'weight-zero-declared',
  'weight-zero-acknowledged',
  'last-canary-answer',
];

export interface RollbackStep {
  readonly name: RollbackEventName;
  readonly title: string;
  /** Absent: it did not happen. */
  readonly event?: WaterfallReport['events'][number];
  /** Since the first event of the waterfall. */
  readonly sinceStartMs?: number;
  /** Since the event before it in time; absent for the first. */
  readonly gapMs?: number;
  readonly budgetMs?: number;
  readonly overBudget: boolean;
}

export function rollbackSteps(waterfall: WaterfallReport): readonly RollbackStep[] {
  const inTime = waterfall.events.toSorted((a, b) => a.atMs - b.atMs || ORDER.indexOf(a.name) - ORDER.indexOf(b.name));
  const start = inTime[0]?.atMs;
  const happened = inTime.map((event, index): RollbackStep => {
    const before = inTime[index - 1];
    const gapMs = before === undefined ? undefined : event.atMs - before.atMs;
    return {
      name: event.name,
      title: ROLLBACK_TITLE[event.name],
      event,
      sinceStartMs: event.atMs - (start ?? event.atMs),
      ...(gapMs === undefined ? {} : { gapMs }),
      ...(event.budgetMs === undefined ? {} : { budgetMs: event.budgetMs }),
      overBudget: gapMs !== undefined && event.budgetMs !== undefined && gapMs > event.budgetMs,
    };
  });
  const missing = ESSENTIAL.filter((name) => !inTime.some((event) => event.name === name)).map(
    (name): RollbackStep => ({ name, title: ROLLBACK_TITLE[name], overBudget: false }),
  );
  return [...happened, ...missing];
}

/** Bad answers if every request had gone to the canary, at the share of bad answers that it gave; undefined without answers. */
export function atFullExposure({ badAnswers, canaryAnswers, requests }: WaterfallReport): number | undefined {
  return canaryAnswers === 0 ? undefined : Math.round((badAnswers / canaryAnswers) * requests);
}
