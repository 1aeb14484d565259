/**
 * `npm run fuzz [-- CASES [SEED]]`: hostile texts for every parser of foreign text, a million by default. Prints a line for
 * each parser; exit 1 when one crashed without a code or took longer than its bound.
 */
import { runTarget } from './run-target.ts';
import { TARGETS } from './targets.ts';

const [casesText = '1000000', seedText = '11'] = process.argv.slice(2);
const [cases, seed] = [Number(casesText), Number(seedText)];
const all = TARGETS.reduce((sum, { thousandths }) => sum + thousandths, 0);
const startedMs = performance.now();
let run = 0;
let failures = 0;
for (const target of TARGETS) {
  const result = runTarget(target, Math.ceil((cases * target.thousandths) / all), seed);
  run += result.cases;
  const verdict = result.failure === undefined ? 'ok' : `FAILED: ${result.failure}`;
  if (result.failure !== undefined) failures += 1;
  console.log(`${result.name}: ${result.cases} cases, slowest ${result.slowestMs.toFixed(0)} ms of CPU: ${verdict}`);
}
const seconds = (performance.now() - startedMs) / 1000;
console.log(`${run} cases in ${seconds.toFixed(0)} s, seed ${seed}: ${failures} of ${TARGETS.length} parsers failed`);
process.exitCode = failures === 0 ? 0 : 1;
