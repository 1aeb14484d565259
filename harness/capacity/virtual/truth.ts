/** Capacities known by formula: the long-run share of bad answers of each planted system, and the rate where it is p*. */
import type { VirtualSystem } from './system.ts';

/** Erlang B: the share of requests that `workers` without a queue refuse at `load` erlangs. */
export function erlangLoss(workers: number, load: number): number {
  let loss = 1;
  for (let n = 1; n <= workers; n += 1) loss = (load * loss) / (n + load * loss);
  return loss;
}

/** P(sojourn > limit) of M/M/c, first come first served; 1 without a steady state. */
function multiServerTail(workers: number, serviceRate: number, rate: number, limit: number): number {
  const load = rate / serviceRate;
  if (load >= workers) return 1;
  const loss = erlangLoss(workers, load);
  const waits = (workers * loss) / (workers - load * (1 - loss)); // Erlang C
  const drain = workers * serviceRate - rate;
  const own = Math.exp(-serviceRate * limit);
  const both =
    Math.abs(drain - serviceRate) < 1e-9 * serviceRate
      ? (1 + serviceRate * limit) * own
      : (drain * own - serviceRate * Math.exp(-drain * limit)) / (drain - serviceRate);
  return (1 - waits) * own + waits * both;
}

/** P(sojourn > limit) of D/M/1: exp(−μ(1−σ)·limit) with σ = exp(−(μ/λ)(1−σ)). */
function pacedTail(serviceRate: number, rate: number, limit: number): number {
  if (rate >= serviceRate) return 1;
  let sigma = 0;
  for (let step = 0; step < 10_000; step += 1) sigma = Math.exp((-serviceRate / rate) * (1 - sigma));
  return Math.exp(-serviceRate * (1 - sigma) * limit);
}

/**
 * P(sojourn > limit) of M/G/1 by the renewal equation F_W(x) = (1−ρ) + λ∫F_W(x−y)(1−G(y))dy on a grid (Takács), by the
 * trapezoidal rule.
 */
function singleServerTail(
  service: { readonly mean: number; tail(seconds: number): number },
  rate: number,
  limit: number,
  cells = 1500,
): number {
  if (rate * service.mean >= 1) return 1;
  const h = limit / cells;
  const tail = Array.from({ length: cells + 1 }, (_, index) => service.tail(index * h));
  // the integral of the tail over each cell, so that the jump of a fixed service time falls where it belongs
  const fine = 20;
  const cell = Array.from({ length: cells }, (_, index) => {
    let sum = 0;
    for (let part = 0; part < fine; part += 1) sum += service.tail(index * h + ((part + 0.5) * h) / fine);
    return (sum * h) / fine;
  });
  const waits: number[] = [1 - rate * service.mean];
  for (let n = 1; n <= cells; n += 1) {
    let sum = 0;
    for (let index = 1; index < n; index += 1) sum += cell[index]! * (waits[n - index]! + waits[n - index - 1]!);
    const known = waits[0]! + (rate / 2) * (sum + cell[0]! * waits[n - 1]!);
    waits.push(known / (1 - (rate / 2) * cell[0]!));
  }
  let within = 0;
  for (let index = 0; index < cells; index += 1)
    within += ((waits[cells - index]! + waits[cells - index - 1]!) / 2) * (tail[index]! - tail[index + 1]!);
  return 1 - within;
}

/** Long-run share of bad answers at a rate. */
function badShare({ server, arrivals, limitSeconds }: VirtualSystem, rate: number): number {
  if (server.kind === 'bucket') return Math.max(0, 1 - server.ratePerSecond / rate);
  const { workers, meanSeconds, law, kind } = server;
  if (kind === 'loss') return erlangLoss(workers, rate * meanSeconds);
  if (arrivals === 'paced') return pacedTail(1 / meanSeconds, rate, limitSeconds);
  if (law === 'exponential') return multiServerTail(workers, 1 / meanSeconds, rate, limitSeconds);
  return singleServerTail({ mean: meanSeconds, tail: (x) => serviceTail(law, meanSeconds, x) }, rate, limitSeconds);
}

function serviceTail(law: 'fixed' | 'lognormal', mean: number, x: number): number {
  if (law === 'fixed') return x < mean ? 1 : 0;
  if (x <= 0) return 1;
  const variance = Math.log(5);
  return normalUpperTail((Math.log(x / mean) + variance / 2) / Math.sqrt(variance));
}

/** By Simpson's rule over the density; 1e-10 is far below what a grid of cells can use. */
function normalUpperTail(z: number): number {
  if (z < -8) return 1;
  if (z > 8) return 0;
  const steps = 400;
  const h = z / steps;
  const density = (x: number) => Math.exp((-x * x) / 2);
  let sum = density(0) + density(z);
  for (let index = 1; index < steps; index += 1) sum += (index % 2 === 1 ? 4 : 2) * density(index * h);
  return 0.5 - (sum * h) / 3 / Math.sqrt(2 * Math.PI);
}

/** The highest rate whose share of bad answers is at most `share`; undefined when even an idle system is worse. */
export function trueCapacity(system: VirtualSystem, share: number): number | undefined {
  const { server } = system;
  let high = server.kind === 'bucket' ? server.ratePerSecond * 2 : server.workers / server.meanSeconds;
  while (badShare(system, high) <= share) high *= 2;
  let low = high * 1e-6;
  if (badShare(system, low) > share) return undefined;
  for (let step = 0; step < 45; step += 1) {
    const middle = (low + high) / 2;
    if (badShare(system, middle) <= share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
