/**
 * Samples as bins whose bounds have two significant digits, as Envoy's bucket bounds have: so the share of answers up to each
 * of those is exact, and a million samples are a few hundred numbers. Pure.
 */
import type { MeasuredLatency } from '../../../reports/model/simulation/latency.ts';

/** What took no time at all took at most this. */
const LEAST_MS = 0.01;

/** @param samplesMs finite and not negative, at least one */
export function binned(samplesMs: readonly number[], from: string): MeasuredLatency {
  const answers = new Map<number, number>();
  for (const sample of samplesMs) {
    const bound = boundOf(sample);
    answers.set(bound, (answers.get(bound) ?? 0) + 1);
    // where the bin begins: without it the answers would be spread down to the bin before, however far that is
    const before = boundBefore(bound);
    if (!answers.has(before)) answers.set(before, 0);
  }
  const boundsMs = [...answers.keys()].sort((a, b) => a - b);
  return { from, boundsMs, counts: [...boundsMs.map((bound) => answers.get(bound)!), 0] };
}

/** The least number of two significant digits that is not below the sample. */
function boundOf(sampleMs: number): number {
  const given = Math.max(sampleMs, LEAST_MS);
  const near = Number(given.toPrecision(2));
  return near >= given ? near : Number((near + unitOf(near)).toPrecision(2));
}

function boundBefore(bound: number): number {
  const [mantissa] = bound.toExponential().split('e');
  return Number((bound - (mantissa === '1' ? unitOf(bound) / 10 : unitOf(bound))).toPrecision(2));
}

/** Of the second significant digit. */
function unitOf(value: number): number {
  return Number(`1e${Number(value.toExponential().split('e')[1]) - 1}`);
}
