/**
 * The share of bad answers as a function of the rate, around the objective: logit p = logit p* + b·ln(λ/r), fitted by
 * deviance with each trial's effective requests as its weight. `r` is the rate at which the objective is just met.
 */
import { betaQuantile } from '../../stats/special-functions.ts';

export interface FitPoint {
  readonly ratePerSecond: number;
  /** Share of bad answers, strictly between 0 and 1. */
  readonly estimate: number;
  /** Effective requests. */
  readonly weight: number;
}

export interface ShareFit {
  readonly root: number;
  readonly slope: number;
  readonly deviance: number;
  /** max(1, deviance / (points - 2)). */
  readonly dispersion: number;
  readonly points: number;
}

export interface RateInterval {
  readonly low: number;
  readonly high: number;
}

const SLOPES = { least: 3, most: 400 };
/** Roots are looked for this far beyond the rates that were run. */
const REACH = Math.log(2);
const GOLDEN = (Math.sqrt(5) - 1) / 2;

const logit = (p: number) => Math.log(p / (1 - p));

/** @param points at least two */
export function fitShare(points: readonly FitPoint[], objectiveShare: number): ShareFit {
  const logs = points.map(({ ratePerSecond }) => Math.log(ratePerSecond));
  const [low, high] = [Math.min(...logs) - REACH, Math.max(...logs) + REACH];
  const profile = (logRoot: number) => bestSlope(points, objectiveShare, logRoot);
  const logRoot = minimumOnGrid((x) => profile(x).deviance, low, high);
  const { slope, deviance } = profile(logRoot);
  const degrees = points.length - 2;
  return {
    root: Math.exp(logRoot),
    slope,
    deviance,
    dispersion: degrees > 0 ? Math.max(1, deviance / degrees) : 1,
    points: points.length,
  };
}

/**
 * {r : min over b of D(r, b) <= D_min + dispersion·F(confidence; 1, max(k−2, 3))}, cut off at twice and half the rates
 * that were run.
 */
export function rootInterval(
  points: readonly FitPoint[],
  objectiveShare: number,
  fit: ShareFit,
  confidence: number,
): RateInterval {
  const most = fit.deviance + fit.dispersion * fisherQuantile(confidence, Math.max(points.length - 2, 3));
  const inside = (logRoot: number) => bestSlope(points, objectiveShare, logRoot).deviance <= most;
  const logs = points.map(({ ratePerSecond }) => Math.log(ratePerSecond));
  const edge = (sign: 1 | -1) => {
    const centre = Math.log(fit.root);
    const end = sign > 0 ? Math.max(...logs, centre) + REACH : Math.min(...logs, centre) - REACH;
    if (inside(end)) return Math.exp(end);
    let [good, bad] = [centre, end];
    for (let step = 0; step < 60; step += 1) {
      const middle = (good + bad) / 2;
      if (inside(middle)) good = middle;
      else bad = middle;
    }
    return Math.exp((good + bad) / 2);
  };
  return { low: edge(-1), high: edge(1) };
}

/** The quantile of Fisher's F with 1 and `degrees` degrees of freedom. */
export function fisherQuantile(probability: number, degrees: number): number {
  const x = betaQuantile(probability, 0.5, degrees / 2);
  return (degrees * x) / (1 - x);
}

/** The deviance is convex in b for a given root (a logistic regression through a fixed point). */
function bestSlope(
  points: readonly FitPoint[],
  objectiveShare: number,
  logRoot: number,
): { slope: number; deviance: number } {
  const offset = logit(objectiveShare);
  const steps = points.map(({ ratePerSecond }) => Math.log(ratePerSecond) - logRoot);
  const derivative = (slope: number) => {
    let sum = 0;
    // by index: this is the innermost of three loops, and a pair for each point costs more than the sum
    for (let index = 0; index < points.length; index += 1) {
      const { estimate, weight } = points[index]!;
      const fitted = 1 / (1 + Math.exp(-(offset + slope * steps[index]!)));
      sum += weight * (fitted - estimate) * steps[index]!;
    }
    return sum;
  };
  let [low, high] = [SLOPES.least, SLOPES.most];
  let slope = low;
  if (derivative(low) < 0) {
    if (derivative(high) <= 0) slope = high;
    else {
      for (let step = 0; step < 50; step += 1) {
        slope = (low + high) / 2;
        if (derivative(slope) < 0) low = slope;
        else high = slope;
      }
    }
  }
  let deviance = 0;
  for (const [index, { estimate, weight }] of points.entries()) {
    const value = offset + slope * steps[index]!;
    // ln p and ln(1 − p) without cancellation, however far from the root
    const logBad = -softPlus(-value);
    const logGood = -softPlus(value);
    deviance +=
      2 * weight * (estimate * (Math.log(estimate) - logBad) + (1 - estimate) * (Math.log1p(-estimate) - logGood));
  }
  return { slope, deviance };
}

function softPlus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

/** Coarse grid, then golden section around its best point: the profile need not be unimodal far from the data. */
function minimumOnGrid(f: (x: number) => number, low: number, high: number): number {
  const cells = 80;
  let best = 0;
  let least = Infinity;
  for (let index = 0; index <= cells; index += 1) {
    const value = f(low + ((high - low) * index) / cells);
    if (value < least) [best, least] = [index, value];
  }
  let a = low + ((high - low) * Math.max(0, best - 1)) / cells;
  let b = low + ((high - low) * Math.min(cells, best + 1)) / cells;
  for (let step = 0; step < 60; step += 1) {
    const [c, d] = [b - GOLDEN * (b - a), a + GOLDEN * (b - a)];
    if (f(c) < f(d)) b = d;
    else a = c;
  }
  return (a + b) / 2;
}
