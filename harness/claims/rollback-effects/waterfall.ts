/** From the fault to the last answer of the canary, each event with its time: the rollback as it happened. Pure. */

import type { WaterfallReport } from '../../../reports/model/rollout-report.ts';
import { seconds } from '../../documents/figures.ts';
import type { Outcome } from '../../verdict/outcome.ts';

export type RollbackEvent = WaterfallReport['events'][number]['name'];

/** In the order of cause and effect, each with what must hold for the next. */
export const ROLLBACK_EVENTS: readonly RollbackEvent[] = [
  'fault-injected',
  'metric-crosses',
  'measurement-failed',
  'analysis-failed',
  'aborted',
  'weight-zero-declared',
  'weight-zero-acknowledged',
  'last-canary-answer',
  'canary-pods-gone',
  'commit-status-posted',
];

export interface RollbackFacts {
  readonly title: string;
  readonly rollout: string;
  readonly times: Readonly<Partial<Record<RollbackEvent, { readonly atMs: number; readonly detail: string }>>>;
  /** Events that this rollback need not show, such as a commit status that nobody asked for. */
  readonly optional: readonly RollbackEvent[];
  readonly proxies: WaterfallReport['proxies'];
  readonly answers: Pick<WaterfallReport, 'badAnswers' | 'canaryAnswers' | 'distinctUsers' | 'requests'>;
}

/** What is missing or in the wrong place, one sentence each. */
export function waterfallProblems({ times, optional, proxies }: RollbackFacts): string[] {
  const missing = ROLLBACK_EVENTS.filter((name) => times[name] === undefined && !optional.includes(name)).map(
    (name) => `It was not seen that ${SENTENCES[name]}.`,
  );
  const late = proxies
    .filter(({ acknowledgedAtMs }) => acknowledgedAtMs === undefined)
    .map(({ proxy }) => `The proxy ${proxy} never acknowledged the weight of 0.`);
  const acknowledged = times['weight-zero-acknowledged'];
  const last = times['last-canary-answer'];
  const after =
    acknowledged && last && last.atMs > acknowledged.atMs + IN_FLIGHT_MS
      ? [
          `The canary still answered ${seconds(last.atMs - acknowledged.atMs)} after every proxy had acknowledged the weight of 0.`,
        ]
      : [];
  return [...missing, ...late, ...after];
}

/** A request that was routed before the change may still be on its way. */
const IN_FLIGHT_MS = 2_000;

const SENTENCES: Readonly<Record<RollbackEvent, string>> = {
  'fault-injected': 'the fault was injected',
  'metric-crosses': 'the metric crossed its limit',
  'measurement-failed': 'a measurement failed',
  'analysis-failed': 'the AnalysisRun failed',
  aborted: 'the rollout was aborted',
  'weight-zero-declared': 'the weight of 0 was declared',
  'weight-zero-acknowledged': 'every proxy acknowledged the weight of 0',
  'last-canary-answer': 'the canary stopped answering',
  'canary-pods-gone': 'the pods of the canary were gone',
  'commit-status-posted': 'a commit status was posted',
};

export function waterfallOf(facts: RollbackFacts, outcome: Outcome): WaterfallReport {
  const { title, rollout, times, proxies, answers } = facts;
  return {
    title,
    rollout,
    outcome,
    events: ROLLBACK_EVENTS.flatMap((name) => {
      const event = times[name];
      return event ? [{ name, ...event }] : [];
    }).sort((a, b) => a.atMs - b.atMs),
    proxies,
    ...answers,
  };
}
