/** What a case of the proof is: a data plane that is right or wrong in one known way, and what must be found there. */
import type { DataPlane, DataPlaneSpec } from './data-plane.ts';
import type { Trial, TrialOptions } from './trial.ts';

/**
 * `mutant`: wrong, must be found. `sound`: right, must pass. `control`: a known-bad way to judge the same requests, which
 * must be fooled, or the case would prove nothing.
 */
export type RowKind = 'mutant' | 'sound' | 'control';

export interface Finding {
  /** A mutant was not let through; a sound split passed; a control was fooled. */
  readonly asExpected: boolean;
  /** ... and for the right reason: the stable code, guard, problem or layer that this mutant must raise. */
  readonly rightReason: boolean;
  /** What was said, in short. */
  readonly said: string;
}

export interface Row {
  readonly name: string;
  readonly kind: RowKind;
  /** What the right reason is, for the table. */
  readonly reason: string;
  /** P(not as expected) by design in one run of a sound instrument; 0 where nothing is random. */
  readonly errorRate: number;
  /** What is wrong is the instrument itself: a busy machine cannot spoil that. */
  readonly ofInstrument?: boolean;
  observe(trial: Trial): Finding;
}

export interface Case {
  readonly name: string;
  readonly plane: DataPlaneSpec;
  readonly trial: TrialOptions;
  /** Before each run, on the running data plane. */
  prepare?(plane: DataPlane): Promise<void>;
  readonly rows: readonly Row[];
}
