/** One phase of load that is judged as a split. */
import type { SplitReport } from '../../reports/model/run-report.ts';
import type { LoadRequest } from '../ports/load.ts';
import type { RequestSample } from '../ports/request-sample.ts';
import type { SplitExpectation } from '../verdict/split-judge.ts';

export interface SplitPhase {
  readonly id: string;
  readonly claimId: string;
  readonly title: string;
  readonly path: SplitReport['path'];
  readonly expectation: SplitExpectation;
  readonly load: LoadRequest;
  /** Puts the generator where the traffic belongs. */
  readonly argvPrefix: readonly string[];
  /** The first so many requests are made, recorded and booked, but not judged. */
  readonly warmUpRequests: number;
  /** Further requests that are recorded and booked, but not judged; asked in start order, once for each request. */
  readonly isJudged?: (sample: RequestSample, arm: string | null) => boolean;
  /**
   * Every finished request up to the first that was cut off, judged or not, in start order; null: nobody signed the
   * answer, or there was none.
   */
  readonly onInOrder?: (sample: RequestSample, arm: string | null) => void;
  /** Cores that the generator may use. */
  readonly generatorCores: number;
  /** Which arm answered, null when the answer does not say; requests without an answer and 5xx never get here. */
  armOf(sample: RequestSample): string | null;
}
