/** Sums of an error ledger: what was lost and what the run injected; lost rows first. */
import type { ErrorLedgerReport } from './rollout-report.ts';

export type ErrorRow = ErrorLedgerReport['rows'][number];

export function readErrorLedger(ledger: ErrorLedgerReport): {
  readonly lost: number;
  readonly injected: number;
  readonly rows: readonly ErrorRow[];
} {
  const total = (injected: boolean) =>
    ledger.rows.filter((row) => row.injected === injected).reduce((sum, { count }) => sum + count, 0);
  const rows = ledger.rows.toSorted((a, b) => Number(a.injected) - Number(b.injected) || a.firstMs - b.firstMs);
  return { lost: total(false), injected: total(true), rows };
}
