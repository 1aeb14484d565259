/** What `capacity` is asked. */
import type { RunReport } from '../../reports/model/run-report.ts';
import type { CapacityQuestion } from '../capacity-trials/question.ts';

export interface CapacityInput extends CapacityQuestion {
  /** As it is written down: without user info and query values. */
  readonly url: string;
  /** What is really asked; it may hold secrets and goes to the load generator only. */
  readonly target: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
  /** A canary that is compared with it, and whether its capacity is searched as well. */
  readonly against?:
    | { readonly url: string; readonly target: CapacityInput['target']; readonly both: boolean }
    | undefined;
  readonly hide: (text: string) => string;
  readonly method: string;
  readonly argvPrefix: readonly string[];
  readonly runsDirectory: string;
  readonly command: readonly string[];
  readonly reproduce: string;
  readonly host: RunReport['run']['host'];
}
