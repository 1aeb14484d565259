/** Parts of a Markdown summary that can be cut by whole rows. */
import type { OutcomeReport } from '../model/run-report.ts';

export const ICON: Readonly<Record<OutcomeReport, string>> = {
  passed: '✅',
  failed: '❌',
  inconclusive: '❔',
  invalid: '⚠️',
};

export interface Block {
  /** What the rows are, for the note that counts those left out. */
  readonly title: string;
  readonly before: readonly string[];
  readonly rows: readonly string[];
}
