/**
 * `npm run fuzz [-- CASES [SEED]]`: hostile texts for every parser of foreign text, a million by default. Prints a line for
 * each parser; exit 1 when one crashed without a code, took longer than its bound, or did not come back at all.
 */
import os from 'node:os';
import { Worker } from 'node:worker_threads';
import pLimit from 'p-limit';
import { createMemory, openMemory } from './case-memory.ts';
import type { Target, TargetResult } from './run-target.ts';
import { TARGETS } from './targets.ts';

/** Far beyond every bound, so that a busy machine is not taken for a parser that hangs. */
const HUNG_MS = 60_000;
const LOOK_MS = 1_000;

function runInThread({ name }: Target, cases: number, seed: number): Promise<TargetResult> {
  const memory = createMemory();
  const { count, current } = openMemory(memory);
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { name, cases, seed, memory } });
  return new Promise((resolve) => {
    let seen = 0;
    let changedMs = performance.now();
    const finish = (result: TargetResult): void => {
      clearInterval(watch);
      void worker.terminate();
      resolve(result);
    };
    const failed = (failure: string): void => finish({ name, cases: count(), slowestMs: HUNG_MS, failure });
    const watch = setInterval(() => {
      if (count() !== seen) changedMs = performance.now();
      seen = count();
      if (performance.now() - changedMs > HUNG_MS)
        failed(
          `did not come back within ${HUNG_MS} ms\n  on ${JSON.stringify(current()).slice(0, 600)}\n  seed ${seed}`,
        );
    }, LOOK_MS);
    worker.once('message', finish);
    worker.once('error', (error) => failed(`the thread ended: ${String(error)}`));
    worker.once('exit', () => failed('the thread ended without a result'));
  });
}

const [casesText = '1000000', seedText = '11'] = process.argv.slice(2);
if (casesText === '--help') {
  console.log('usage: npm run fuzz [-- CASES [SEED]]   (default: 1000000 11)');
  process.exit();
}
const [cases, seed] = [Number(casesText), Number(seedText)];
const all = TARGETS.reduce((sum, { thousandths }) => sum + thousandths, 0);
const startedMs = performance.now();
const limit = pLimit(os.availableParallelism());
const results = await Promise.all(
  TARGETS.map((target) =>
    limit(async () => {
      const result = await runInThread(target, Math.ceil((cases * target.thousandths) / all), seed);
      const verdict = result.failure === undefined ? 'ok' : `FAILED: ${result.failure}`;
      console.log(
        `${result.name}: ${result.cases} cases, slowest ${result.slowestMs.toFixed(0)} ms of CPU: ${verdict}`,
      );
      return result;
    }),
  ),
);
const run = results.reduce((sum, result) => sum + result.cases, 0);
const failures = results.filter(({ failure }) => failure !== undefined).length;
const seconds = (performance.now() - startedMs) / 1000;
console.log(`${run} cases in ${seconds.toFixed(0)} s, seed ${seed}: ${failures} of ${TARGETS.length} parsers failed`);
process.exitCode = failures === 0 ? 0 : 1;
