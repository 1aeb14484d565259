/** What `assert-split` is asked. */
import type { RunReport } from '../../reports/model/run-report.ts';
import type { Identify } from '../ports/identify.ts';
import type { SplitArm, SplitExpectation } from '../verdict/split-judge.ts';

export interface AssertSplitInput {
  /** As it is written down: without user info and query values. */
  readonly url: string;
  /** What is really asked; it may hold secrets and goes to the load generator only. */
  readonly target: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
  /** Takes the user's secrets out of a text before it is recorded. */
  readonly hide: (text: string) => string;
  readonly arms: readonly SplitArm[];
  /** Where the arms come from, for the timeline; `manifest` is the object they were read from. */
  readonly declared: {
    readonly layer: 'git' | 'api';
    readonly source: string;
    readonly manifest?: string;
    readonly context?: string;
  };
  readonly identify: Identify;
  /** `namespace/name` of the Service whose pods answer, where others than the answer name them. */
  readonly receiver?: string;
  readonly assurance: Pick<SplitExpectation, 'margin' | 'alpha' | 'beta'>;
  readonly ratePerSecond: number;
  readonly maxDurationMs: number;
  readonly requestTimeoutMs: number;
  readonly method: string;
  readonly newConnectionPerRequest: boolean;
  /** Put before the load generator's own command, such as what ends it together with us. */
  readonly argvPrefix: readonly string[];
  readonly warmUpRequests: number;
  readonly runsDirectory: string;
  readonly command: readonly string[];
  /** `command` as one line for a shell. */
  readonly reproduce: string;
  readonly host: RunReport['run']['host'];
}
