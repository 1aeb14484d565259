/**
 * The proof in the size that fits a test run: every known-bad data plane twice. A row that never works errs twice and is
 * caught; a row that keeps its error rate errs twice with probability 2.3e-6 (1.5e-3 each; 9e-4 for the two controls), and
 * those that may err once in 10,000 runs must not err: all of it together fails a sound harness about once in 400 runs.
 * `npm run prove -- --size full` measures the rates.
 */
import { describe, expect, it } from 'vitest';
import { programFrom } from '../bench/child-program.ts';
import { CASES } from './cases.ts';
import { RATE_PER_SECOND, REPEATS } from './main.ts';
import { runCases } from './run-cases.ts';
import { scoreTable } from './score-table.ts';

describe('known-bad data planes, on real Envoys', () => {
  it.each(CASES.map((one) => [one.name, one] as const))('%s', { timeout: 600_000 }, async (_, one) => {
    const scores = await runCases(
      {
        k6Path: await programFrom('CANARYPROOF_K6', 'k6'),
        envoyPath: await programFrom('CANARYPROOF_ENVOY', 'envoy'),
        ratePerSecond: RATE_PER_SECOND,
        signal: new AbortController().signal,
        repeats: REPEATS.ci,
        told: (line) => console.error(line),
      },
      [one],
    );
    const broken = scores.filter(({ kept }) => !kept);
    expect(
      broken.flatMap(({ oddities }) => oddities),
      scoreTable(scores),
    ).toEqual([]);
    expect(broken).toEqual([]);
  });
});
