/** The lines about the run itself, which every scenario of this package writes. */
import exec from 'k6/execution';

/** k6's consolidated options, for the report; called in `setup`. */
export function writeOptions(): void {
  console.log(`cp1-options ${JSON.stringify(exec.test.options)}`);
}

interface SummaryMetric {
  readonly values: { readonly count?: number; readonly max?: number };
}
export interface SummaryData {
  readonly metrics: Readonly<Record<string, SummaryMetric | undefined>>;
}

/** k6's own counts; called in `handleSummary`, which k6 runs when everything has finished, also after an interrupt. */
export function writeSummary({ metrics }: SummaryData): void {
  const { http_reqs, iterations, dropped_iterations, vus, vus_max } = metrics;
  const summary = {
    httpRequests: http_reqs?.values.count ?? 0,
    iterations: iterations?.values.count ?? 0,
    // Absent means that k6 dropped none.
    droppedIterations: dropped_iterations?.values.count ?? 0,
    vusMax: vus?.values.max ?? 0,
    vusAllocated: vus_max?.values.max ?? 0,
  };
  console.log(`cp1-summary ${JSON.stringify(summary)}`);
}
