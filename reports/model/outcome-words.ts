/** How an outcome is said and drawn, the same in every report: a word, a glyph and an ASCII glyph, never colour alone. */
import type { OutcomeReport, SplitReport, TimelineReport } from './run-report.ts';

export const OUTCOME_GLYPH: Readonly<Record<OutcomeReport, string>> = {
  passed: '✓',
  failed: '✗',
  inconclusive: '?',
  invalid: '!',
};

export const OUTCOME_MEANING: Readonly<Record<OutcomeReport, string>> = {
  passed: 'proved within the stated error rates',
  failed: 'refuted within the stated error rates',
  inconclusive: 'too little was measured to decide',
  invalid: 'the evidence cannot be trusted, so there is no verdict',
};

export const PATH_TITLE: Readonly<Record<SplitReport['path'] | TimelineReport['series'][number]['path'], string>> = {
  ingress: 'ingress',
  mesh: 'in-mesh',
  direct: 'direct',
  prometheus: 'Prometheus',
  envoy: 'Envoy counters',
};

/** Worst first, so that what needs reading comes first. */
export const OUTCOME_ORDER: readonly OutcomeReport[] = ['invalid', 'failed', 'inconclusive', 'passed'];
