/** Outcomes of claims and runs. */

/** The outcome of one claim or of a whole run; only `passed` is green. */
export type Outcome = 'passed' | 'failed' | 'inconclusive' | 'invalid';
