/** What was seen of the traces of one load. */
import type { SplitReport } from '../../../reports/model/run-report.ts';
import type { NamedReceiver } from '../../traffic/named-receivers.ts';
import type { DeclaredSampling } from './declared-sampling.ts';
import type { TraceProblem } from './judge-trace.ts';
import type { SettledTraces } from './settled-traces.ts';
import type { TraceSpan } from './trace-span.ts';
import type { TracingClaim } from './tracing-claim.ts';

/** One traced request whose answer names everybody. */
export interface JudgedTrace {
  readonly receivers: readonly NamedReceiver[];
  readonly spans: readonly TraceSpan[];
  readonly problem: TraceProblem | undefined;
}

export interface JudgedTracing {
  readonly claim: TracingClaim;
  readonly declared: DeclaredSampling;
  readonly share: SplitReport;
  readonly requests: number;
  readonly traced: SettledTraces;
  readonly traces: readonly JudgedTrace[];
  /** Spans that the backend says it got during the load and did not keep; undefined: it does not say. */
  readonly notKept: number | undefined;
}
