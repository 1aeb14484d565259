/**
 * Betting e-process on the mean of values in [0, 1] (Waudby-Smith and Ramdas, arXiv 2010.09686; hedged, predictable
 * plug-in bets as in gostevehoward/confseq betting.py). Meant for cluster means: it is valid whatever the dependence
 * inside a cluster, which tests on single requests are not.
 *
 *   K+_t = prod (1 + lambda_t (X_t - m)) grows when the mean is above m, K-_t = prod (1 - lambda_t (X_t - m)) below it.
 */
export interface BettingWealth {
  readonly logPlus: number;
  readonly logMinus: number;
  /** The largest values on the way: by Ville's inequality the test may use them. */
  readonly maxLogPlus: number;
  readonly maxLogMinus: number;
}

/** Values in [0, 1] in an order that does not depend on them; 0 < mean < 1; alpha tunes the bets, not the validity. */
export function bettingWealth(values: readonly number[], mean: number, alpha: number): BettingWealth {
  let logPlus = 0;
  let logMinus = 0;
  let maxLogPlus = 0;
  let maxLogMinus = 0;
  let sum = 0.5;
  let squares = 0.25;
  // Variance estimate from before the bet: with no data 1/4, the largest a value in [0, 1] can have.
  let variance = 0.25;
  const tuning = 2 * Math.log(2 / alpha);
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    const t = i + 1;
    const bet = Math.sqrt(tuning / (variance * t * Math.log(1 + t)));
    logPlus += Math.log1p(Math.min(bet, 0.5 / mean) * (value - mean));
    logMinus += Math.log1p(-Math.min(bet, 0.5 / (1 - mean)) * (value - mean));
    maxLogPlus = Math.max(maxLogPlus, logPlus);
    maxLogMinus = Math.max(maxLogMinus, logMinus);
    sum += value;
    squares += (value - sum / (t + 1)) ** 2;
    variance = squares / (t + 1);
  }
  return { logPlus, logMinus, maxLogPlus, maxLogMinus };
}
