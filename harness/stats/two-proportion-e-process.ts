/**
 * Do two arms have the same error share? Two e-processes, both valid at every look.
 *
 * The block form (Turner, Ly and Gruenwald, "Generic E-variables for exact sequential k-sample tests that allow for
 * optional stopping") needs the requests in blocks with a fixed number per arm. The conditional form needs only the
 * errors: if both arms err alike, each error falls on the canary with probability equal to the canary's exposure share.
 */
import { logBetaMixture } from './mixture-e-process.ts';
import { binomialUpperTail } from './proportion.ts';

export interface TwoProportionProcess {
  /** Errors among the next `canarySize` canary requests and the next `stableSize` stable ones. */
  observeBlock(canaryErrors: number, stableErrors: number): number;
  /** ln E; the shares differ when it reaches ln(1/alpha). */
  readonly logE: number;
}

/**
 * E = prod over blocks of p(canary | a) p(stable | b) / p(all | (n_a a + n_b b) / (n_a + n_b)), with a and b the means of
 * a Beta(prior, prior) posterior from the blocks before, so that every bet is placed before its block is seen.
 */
export function createTwoProportionProcess(canarySize: number, stableSize: number, prior = 0.18): TwoProportionProcess {
  let blocks = 0;
  let canaryTotal = 0;
  let stableTotal = 0;
  let logE = 0;
  const logLikelihood = (errors: number, n: number, share: number) =>
    errors * Math.log(share) + (n - errors) * Math.log1p(-share);
  return {
    observeBlock(canaryErrors, stableErrors) {
      const a = (canaryTotal + prior) / (blocks * canarySize + 2 * prior);
      const b = (stableTotal + prior) / (blocks * stableSize + 2 * prior);
      const size = canarySize + stableSize;
      const common = (canarySize * a + stableSize * b) / size;
      logE +=
        logLikelihood(canaryErrors, canarySize, a) +
        logLikelihood(stableErrors, stableSize, b) -
        logLikelihood(canaryErrors + stableErrors, size, common);
      blocks += 1;
      canaryTotal += canaryErrors;
      stableTotal += stableErrors;
      return logE;
    },
    get logE() {
      return logE;
    },
  };
}

/** ln E that the canary's share of all errors is its exposure share; the stream is one entry per error. */
export function logConditionalE(canaryErrors: number, errors: number, exposureShare: number): number {
  return logBetaMixture(canaryErrors, errors, exposureShare);
}

/** P(at least this many of the errors fall on the canary | same error share), at a fixed number of errors. */
export function conditionalErrorPValue(canaryErrors: number, errors: number, exposureShare: number): number {
  return binomialUpperTail(canaryErrors, errors, exposureShare);
}
