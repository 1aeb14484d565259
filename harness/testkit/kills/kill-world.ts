/** What is killed, where, and what must hold afterwards. */

/** Of what must hold after `status`, `up` and `down` have followed a kill. */
export const HARMS = ['foreign', 'left', 'fault', 'recovery'] as const;

/**
 * `foreign`: something that we did not make is not as it was. `left`: something that we made is still there. `fault`: a fault
 * is in force. `recovery`: `status`, `up` or `down` did not succeed.
 */
export interface Harm {
  readonly kind: (typeof HARMS)[number];
  readonly what: string;
}

export interface Killed {
  /** Exit code of a process that reached its end; undefined: the signal ended it. */
  readonly exitCode: number | undefined;
  /** How many kill points it passed, when it reached its end. */
  readonly points: number | undefined;
  /** What it said, for whoever looks for the reason of a failure. */
  readonly said: string;
}

export interface KillScene extends AsyncDisposable {
  /** Starts the phase in a process of its own and waits for its end. @param at see `watchKillPoints` */
  run(at: number | undefined): Promise<Killed>;
  /** `status`, `up`, `down`, and a look at everything. */
  recover(): Promise<readonly Harm[]>;
}

export interface KillPhase {
  readonly name: string;
  /** Its part of all kills. */
  readonly thousandths: number;
}

export interface KillWorld {
  readonly name: string;
  readonly phases: readonly KillPhase[];
  /** How many scenes may be open side by side. */
  readonly atOnce: number;
  /** A world in which the phase can begin. */
  open(phase: string): Promise<KillScene>;
}
