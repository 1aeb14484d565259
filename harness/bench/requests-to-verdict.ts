/**
 * Requests to a verdict on "90/10", and how often it is wrong: our default against a fixed n with the same error rates
 * and against the rules of others, all on the same seeded streams.
 *
 *   npm run bench -- requests-to-verdict [--runs 1000] [--seed 20261121]
 */

import { parseArgs } from 'node:util';
import { percent } from '../documents/figures.ts';
import { createCoin } from '../stats/calibration-study.ts';
import { clopperPearsonInterval } from '../stats/proportion.ts';
import { type Decision, type Rule, rules, stream } from './rival-rules.ts';

const TRUTHS = [0.1, 0.12, 0.13, 0.15, 0.2];

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '1000' }, seed: { type: 'string', default: '20261121' } },
});
const runs = Number(values.runs);
const seed = Number(values.seed);

/** A run's stream is a function of seed, truth and run, so every rule sees the same requests. */
function decisions(rule: Rule, truth: number): readonly Decision[] {
  return Array.from({ length: runs }, (_, run) =>
    rule.decide(stream(createCoin(seed + 1_000_003 * run + Math.round(truth * 1e6)), truth)),
  );
}

function cells(truth: number, all: readonly Decision[]): string {
  const exact = truth === TRUTHS[0];
  const wrong = all.filter(({ outcome }) => outcome === (exact ? 'failed' : 'passed')).length;
  const undecided = all.filter(({ outcome }) => outcome === 'undecided').length;
  const { low, high } = clopperPearsonInterval(wrong, all.length, 0.95);
  const mean = all.reduce((sum, { requests }) => sum + requests, 0) / all.length;
  const hundredths = (share: number): string => `${Number((100 * share).toPrecision(3))}`;
  const undecidedText = undecided === 0 ? '' : `, ${undecided} undecided`;
  return `${Math.round(mean).toLocaleString('en-GB')}; ${percent(wrong / all.length, { digits: 3 })} (${hundredths(low)}–${hundredths(high)})${undecidedText}`;
}

console.log(`Mean requests; wrong verdicts with 95 % interval. ${runs} streams per column, seed ${seed}.\n`);
console.log(`| rule for "90/10" | ${TRUTHS.map(named).join(' | ')} |`);
console.log(`|---|${'---|'.repeat(TRUTHS.length)}`);
for (const rule of rules())
  console.log(`| ${rule.name} | ${TRUTHS.map((truth) => cells(truth, decisions(rule, truth))).join(' | ')} |`);

function named(truth: number, index: number): string {
  const canary = Math.round(truth * 100);
  return `really ${100 - canary}/${canary}: ${index === 0 ? 'failed' : 'passed'}`;
}
