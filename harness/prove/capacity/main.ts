/**
 * `npm run prove-capacity -- [--repeat N] [--only a,c] [--assurance LEVEL] [--folder DIR]
 * [--at-once N]`: systems of known capacity behind
 * real Envoys, searched by the product with a real k6. Prints Markdown tables; the same command goes on where an earlier one
 * was interrupted. Exit 0 kept, 1 more brackets missed the truth than their confidence explains, or a spoilt instrument
 * was believed, 4 runs are without an answer. CANARYPROOF_K6 and CANARYPROOF_ENVOY name the programs; else the
 * toolchain's are used.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { programFrom } from '../../bench/child-program.ts';
import { CAPACITY_ASSURANCE } from '../../capacity/search/search-settings.ts';
import { findK6 } from '../../cli/compose/find-k6.ts';
import { EXIT, HarnessError, usageError } from '../../errors/harness-error.ts';
import { listenForInterruption } from '../../process/interruption.ts';
import { openJournal } from './journal.ts';
import { runAll } from './run-all.ts';
import { runSystem } from './run-system.ts';
import { nextRun, proofOf } from './score.ts';
import { questionOf, SYSTEMS, type System } from './systems.ts';
import { runsTable, scoresTable, toldRun } from './table.ts';

const USAGE =
  'npm run prove-capacity [-- --repeat N --only a,c --assurance smoke|default|nightly --folder DIR --at-once N]';

function options() {
  const { values } = parseArgs({
    options: {
      repeat: { type: 'string', default: '1' },
      only: { type: 'string', default: '' },
      assurance: { type: 'string', default: 'smoke' },
      folder: { type: 'string', default: 'runs/prove-capacity' },
      'at-once': { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  const { assurance, folder, help } = values;
  const [repeat, atOnce] = [count('repeat', values.repeat), count('at-once', values['at-once'])];
  if (!(assurance in CAPACITY_ASSURANCE))
    throw usageError('PROVE_USAGE', `--assurance is ${Object.keys(CAPACITY_ASSURANCE).join(', ')}, not '${assurance}'`);
  const level = CAPACITY_ASSURANCE[assurance as keyof typeof CAPACITY_ASSURANCE];
  return { repeat, atOnce, level, folder: path.resolve(folder), help, systems: chosen(values.only) };
}

/** @throws HarnessError PROVE_USAGE */
function count(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw usageError('PROVE_USAGE', `--${option} is a whole number from 1 on, not '${text}'`);
  return value;
}

/** By letter (a: both of a) or by whole key. @throws HarnessError PROVE_USAGE */
function chosen(only: string): readonly System[] {
  const words = only.split(',').filter((word) => word !== '');
  const fits = (word: string, { key }: System) => key === word || (word.length === 1 && key.startsWith(`${word}-`));
  const unknown = words.find((word) => !SYSTEMS.some((system) => fits(word, system)));
  if (unknown !== undefined)
    throw usageError('PROVE_USAGE', `no planted system is called '${unknown}'`, {
      hint: `Systems: ${SYSTEMS.map(({ key }) => key).join(', ')}; a letter means all that begin with it.`,
    });
  return words.length === 0 ? SYSTEMS : SYSTEMS.filter((system) => words.some((word) => fits(word, system)));
}

async function main(signal: AbortSignal): Promise<number> {
  const { repeat, atOnce, level, folder, help, systems } = options();
  if (help) {
    console.log(`usage: ${USAGE}`);
    return 0;
  }
  const told = (line: string) => console.error(`${new Date().toISOString()} ${line}`);
  const journal = await openJournal(folder, new Set(systems.map((system) => questionOf(system, level))));
  if (journal.others > 0) told(`${journal.others} runs in that folder answer other questions, and do not count`);
  const size = { systems, repeat, confidence: level.confidence };
  if (nextRun(size, journal.runs) !== undefined) {
    const k6 = await findK6(process.env, await programFrom('CANARYPROOF_K6', 'k6'));
    const envoyPath = await programFrom('CANARYPROOF_ENVOY', 'envoy');
    const world = { k6: k6!, envoyPath, runsDirectory: path.join(folder, 'runs') };
    await runAll(
      size,
      atOnce,
      {
        journal,
        run: ({ system, number }, over) => runSystem({ ...world, signal: over }, system, { number, level }),
        told: ({ system }, run, beside) =>
          told(`${toldRun(system, run)}${beside > 1 ? `, begun as number ${beside} at once` : ''}`),
      },
      signal,
    );
  }
  const proof = proofOf(size, journal.runs);
  console.log(`${runsTable(systems, journal.runs)}\n\n${scoresTable(proof)}\n`);
  console.log(proof.missing === 0 ? proof.outcome : `${proof.outcome}; ${proof.missing} runs are without an answer`);
  return { passed: EXIT.passed, failed: EXIT.failed, inconclusive: EXIT.inconclusive }[proof.outcome];
}

const interruption = listenForInterruption();
try {
  process.exitCode = await main(interruption.signal);
} catch (error) {
  const interrupted = interruption.exitCode();
  if (interrupted === undefined && !(error instanceof HarnessError)) throw error;
  // what an interruption broke on its way is no news
  if (interrupted === undefined && error instanceof HarnessError)
    console.error(`${error.code}: ${error.message}${error.hint === undefined ? '' : `\n${error.hint}`}`);
  process.exitCode = interrupted ?? (error instanceof HarnessError ? error.exitCode : EXIT.internal);
}
