/**
 * `npm run prove -- [--size ci|full] [--repeat N] [--only TEXT] [--rate N] [-o json=FILE]`: known-bad data planes on real
 * Envoys, judged by the product's own path. Prints a Markdown table; exit 1 when a row did not keep its promise.
 * CANARYPROOF_K6 and CANARYPROOF_ENVOY name the programs; else the toolchain's are used.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { programFrom } from '../bench/child-program.ts';
import { EXIT, HarnessError, usageError } from '../errors/harness-error.ts';
import { listenForInterruption } from '../process/interruption.ts';
import type { Case } from './case.ts';
import { CASES } from './cases.ts';
import { runCases } from './run-cases.ts';
import { scoreTable } from './score-table.ts';

/** Runs per case; the full size runs what is expected to pass more often, since false alarms are the rarer event. */
export const REPEATS = {
  ci: () => 2,
  full: (one: Case) => (one.rows.some(({ kind }) => kind === 'sound') ? 40 : 20),
} as const;
export const RATE_PER_SECOND = 1000;

async function main(signal: AbortSignal): Promise<number> {
  const { values } = parseArgs({
    options: {
      size: { type: 'string', default: 'ci' },
      repeat: { type: 'string' },
      only: { type: 'string', default: '' },
      rate: { type: 'string', default: String(RATE_PER_SECOND) },
      output: { type: 'string', short: 'o' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log('usage: npm run prove [-- --size ci|full --repeat N --only TEXT --rate N -o json=FILE]');
    return 0;
  }
  const { size, only, output } = values;
  const ratePerSecond = Number(values.rate);
  const repeat = values.repeat === undefined ? undefined : Number(values.repeat);
  if ((size !== 'ci' && size !== 'full') || !(ratePerSecond > 0) || (repeat !== undefined && !(repeat >= 1)))
    throw usageError('PROVE_USAGE', '--size is ci or full; --repeat and --rate are positive numbers');
  if (output !== undefined && !output.startsWith('json='))
    throw usageError('PROVE_USAGE', `-o takes json=FILE, not '${output}'`);
  const chosen = CASES.filter((one) => one.name.includes(only));
  if (chosen.length === 0)
    throw usageError('PROVE_USAGE', `no case is called '${only}'`, {
      hint: `Cases: ${CASES.map(({ name }) => name).join('; ')}.`,
    });
  const startedAt = performance.now();
  const scores = await runCases(
    {
      k6Path: await programFrom('CANARYPROOF_K6', 'k6'),
      envoyPath: await programFrom('CANARYPROOF_ENVOY', 'envoy'),
      ratePerSecond,
      signal,
      repeats: repeat === undefined ? REPEATS[size] : () => repeat,
      told: (line) => console.error(line),
    },
    chosen,
  );
  console.log(scoreTable(scores));
  const broken = scores.filter(({ kept }) => !kept);
  const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
  console.log(
    `\n${scores.length} rows at ${ratePerSecond} requests/s in ${minutes} min; ${broken.length === 0 ? 'all kept' : `BROKEN: ${broken.map(({ name }) => name).join('; ')}`}.`,
  );
  for (const { name, oddities } of scores) for (const said of oddities) console.log(`- ${name}: ${said}`);
  if (output) await writeFile(output.slice('json='.length), `${JSON.stringify({ ratePerSecond, scores }, null, 2)}\n`);
  return broken.length === 0 ? 0 : 1;
}

if (import.meta.main) {
  const interruption = listenForInterruption();
  try {
    process.exitCode = await main(interruption.signal);
  } catch (error) {
    const told = interruption.exitCode();
    if (told === undefined && !(error instanceof HarnessError)) throw error;
    if (error instanceof HarnessError)
      console.error(`${error.code}: ${error.message}${error.hint === undefined ? '' : `\n${error.hint}`}`);
    process.exitCode = told ?? (error instanceof HarnessError ? error.exitCode : EXIT.internal);
  }
}
