/**
 * `npm run calibrate -- --capacity [--size ci|full --seed N]`: searches planted systems many times and prints how often
 * the truth lay in the bracket, beside the rules of others on the same seeds. 0 when every promise held and every control
 * was seen to break.
 */
import { percent } from '../documents/figures.ts';
import { PLANTED_SYSTEMS, type PlantedSystem } from './virtual/planted-systems.ts';
import { CONTROLS, RIVAL_SEARCHERS, type StudyRow, study, thisSearch } from './virtual/study.ts';

const RUNS = { ci: 40, full: 300 } as const;
export const CAPACITY_SEED = 20_261_128;
const isKink = (system: PlantedSystem) => system.server.kind === 'bucket';

export function calibrateCapacity(size: keyof typeof RUNS, seed: number, print: (line: string) => void): number {
  const runs = RUNS[size];
  print(`Capacity, ${runs} searches of each system, seed ${seed}\n`);
  const levels = (['default', 'smoke'] as const).map((level) => ({ name: level, search: thisSearch(level) }));
  let broken = 0;
  const rowsOf = new Map<string, readonly StudyRow[]>();
  for (const searcher of levels) {
    print(`| ${searcher.name} | truth/s | inside | off by > 1.25 % | misses (limit) | median width | mean time | |`);
    print('|---|---|---|---|---|---|---|---|');
    const rows = PLANTED_SYSTEMS.map((system) => {
      const row = study(searcher, system, runs, seed);
      if (row.misses > row.limit) broken += 1;
      print(systemLine(row));
      return row;
    });
    rowsOf.set(searcher.name, rows);
    print('');
  }
  print('| rule | soft knees: inside (mean) | kink | mean time |');
  print('|---|---|---|---|');
  for (const rival of RIVAL_SEARCHERS) {
    const rows = PLANTED_SYSTEMS.map((system) => study(rival, system, Math.min(runs, 40), seed));
    rowsOf.set(rival.name, rows);
    print(ruleLine(rival.name, rows));
  }
  for (const { name } of levels) print(ruleLine(`**this, ${name}**`, rowsOf.get(name)!));
  const ratio =
    mean(rowsOf.get('default')!, ({ meanSeconds }) => meanSeconds) /
    mean(rowsOf.get(RIVAL_SEARCHERS[1]!.name)!, ({ meanSeconds }) => meanSeconds);
  print(`\nTime against bisection with 300 s trials, which covers less: ${percent(ratio, { decimals: 0 })}.\n`);
  print('| control: a search known to be bad | system | misses (limit) | |');
  print('|---|---|---|---|');
  for (const control of CONTROLS) if (!controlBreaks(control, runs, seed, print)) broken += 1;
  print(broken === 0 ? '\nAll promises held, all controls were seen to break.' : `\n${broken} not as expected.`);
  return broken === 0 ? 0 : 1;
}

function controlBreaks(
  control: (typeof CONTROLS)[number],
  runs: number,
  seed: number,
  print: (line: string) => void,
): boolean {
  const system = PLANTED_SYSTEMS.find(({ name }) => name.includes(control.breaksOn))!;
  const row = study(control, system, runs, seed);
  const seen = row.misses > row.limit;
  print(
    `| ${control.name} | ${row.system} | ${row.misses} of ${row.runs} (${row.limit}) | ${seen ? 'seen' : 'NOT SEEN'} |`,
  );
  return seen;
}

function systemLine(row: StudyRow): string {
  const inside = percent(1 - row.misses / row.runs, { decimals: 1 });
  const cells = [
    row.system,
    row.truth.toFixed(3),
    inside,
    percent(row.far / row.runs, { decimals: 1 }),
    `${row.misses} (${row.limit})`,
  ];
  return `| ${[...cells, percent(row.medianWidth, { decimals: 1 }), `${row.meanSeconds.toFixed(0)} s`, row.misses > row.limit ? 'BROKEN' : 'ok'].join(' | ')} |`;
}

function ruleLine(name: string, rows: readonly StudyRow[]): string {
  const inside = (row: StudyRow) => 1 - row.misses / row.runs;
  const soft = rows.filter((_, index) => !isKink(PLANTED_SYSTEMS[index]!)).map(inside);
  const kink = rows.filter((_, index) => isKink(PLANTED_SYSTEMS[index]!)).map(inside);
  const range = `${percent(Math.min(...soft), { decimals: 0 })} to ${percent(Math.max(...soft), { decimals: 0 })} (${percent(soft.reduce((a, b) => a + b, 0) / soft.length, { decimals: 0 })})`;
  return `| ${name} | ${range} | ${kink.map((share) => percent(share, { decimals: 0 })).join(', ')} | ${mean(rows, ({ meanSeconds }) => meanSeconds).toFixed(0)} s |`;
}

function mean<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((sum, value) => sum + of(value), 0) / values.length;
}
