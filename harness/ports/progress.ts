/** How the use cases tell people and machines what they are at. */

/** Progress for people and machines; every step over two seconds reports. */
export interface Progress {
  /** A named step begins; the returned function ends it. */
  step(name: string): StepHandle;
  note(text: string): void;
  /** Where a claim stands: once for each as the judging begins, and whenever it changes. Readers may leave it out. */
  claim?(told: ClaimTold): void;
}

export interface ClaimTold {
  readonly id: string;
  readonly title: string;
  readonly state: 'waiting' | 'running' | 'passed' | 'failed' | 'inconclusive' | 'invalid';
  /** What it came to, once it has an outcome. */
  readonly sentence?: string;
  /** How long it took in the run before this one, where there was one. */
  readonly lastTookMs?: number;
}

/** A split while it is judged: what is known so far. Shares are 0 to 1, times Unix milliseconds. */
export interface LiveSplit {
  readonly id: string;
  readonly claimId: string;
  readonly title: string;
  readonly path: 'ingress' | 'mesh' | 'direct';
  readonly startedAt: number;
  /** Requests judged so far. */
  readonly n: number;
  /** `low` to `high`: what the acceptance tests have not excluded at beta. */
  readonly arms: readonly {
    readonly name: string;
    readonly declaredShare: number;
    readonly count: number;
    readonly share: number;
    readonly low: number;
    readonly high: number;
  }[];
  readonly alpha: number;
  readonly beta: number;
  readonly margin: number;
  readonly cap: number;
  readonly logE: number;
  readonly failLogE: number;
  readonly logLambdaHigh: number;
  readonly logLambdaLow: number;
  readonly acceptLogLambda: number;
}

export interface StepHandle {
  /** @param split the figures behind the text, where it is about a split */
  update(text: string, split?: LiveSplit): void;
  done(text?: string): void;
  fail(text: string): void;
}
