/** One whole answer, as the preflight sees it; who gave it is read by the rules that the load applies to every request. */
import type { IdentifiedAnswer } from '../documents/identify-kinds.ts';

export interface ProbeAnswer extends IdentifiedAnswer {
  readonly status: number;
  readonly durationMs: number;
  /** Who answered, where others than the answer say it. */
  readonly answerer?: string;
}
