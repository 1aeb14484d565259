/** The proof as Markdown: what each run found, and what that comes to. Pure. */
import { seconds } from '../../documents/figures.ts';
import type { PlantedRun } from './journal.ts';
import type { Truth } from './planted-truth.ts';
import { type CapacityProof, type Fate, fateOf, type Score } from './score.ts';
import type { System } from './systems.ts';

const HEAD = [
  '| planted | truth | found | | time | limited by | mean time upstream |',
  '|---|---|---|---|---|---|---|',
];
const SCORE_HEAD = ['| | answered | wrong | may be wrong | without an answer | |', '|---|---|---|---|---|---|'];
const FATE: Readonly<Record<Fate, string>> = {
  ...{ inside: 'inside', missed: '**outside**', far: '**far outside**', open: 'open', invalid: 'invalid' },
  ...{ told: 'invalid, as it must be', 'not told': '**not invalid**' },
};

export function runsTable(systems: readonly System[], runs: readonly PlantedRun[]): string {
  const rows = systems.flatMap((system) =>
    runs.filter((run) => run.system === system.key).map((run) => line(system, run)),
  );
  return [...HEAD, ...rows].join('\n');
}

export function scoresTable({ scores }: CapacityProof): string {
  return [...SCORE_HEAD, ...scores.map(scoreLine)].join('\n');
}

function line(system: System, run: PlantedRun): string {
  const cells = [
    `${system.key.slice(0, 1)}: ${system.title} (${run.number})`,
    truthText(run.truth),
    foundText(run),
    FATE[fateOf(system, run)],
    seconds(run.seconds * 1000),
    run.limitedBy ?? run.codes.join(', '),
    run.serviceMs === undefined ? '' : `${run.serviceMs.toFixed(2)} ms`,
  ];
  return `| ${cells.join(' | ')} |`;
}

function scoreLine({ title, counted, bad, allowed, open, invalid, kept }: Score): string {
  const without = open + invalid === 0 ? '' : `${open} open, ${invalid} invalid`;
  return `| ${[title, counted, bad, allowed, without, kept ? 'kept' : '**BROKEN**'].join(' | ')} |`;
}

/** Four digits and more, as what is compared differs in the third. */
const figure = (value: number) => value.toFixed(value < 10 ? 4 : 1);

function truthText(truth: Truth | undefined): string {
  if (truth === undefined) return '';
  const { low, high } = truth;
  return figure(low) === figure(high) ? figure(low) : `${figure(low)} to ${figure(high)}`;
}

function foundText({ low, high }: Pick<PlantedRun, 'low' | 'high'>): string {
  if (low === undefined && high === undefined) return 'nothing';
  if (high === undefined) return `${figure(low!)} or more`;
  return low === undefined ? `less than ${figure(high)}` : `${figure(low)} to ${figure(high)}`;
}

/** What has just been seen, in one line. */
export function toldRun(system: System, run: PlantedRun): string {
  const truth = run.truth === undefined ? '' : `, truth ${truthText(run.truth)}`;
  const why = run.codes.length === 0 ? '' : ` (${run.codes.join(', ')})`;
  return `${run.number}: ${system.key}: ${FATE[fateOf(system, run)]}: ${foundText(run)}${truth}; ${run.outcome}${why}, ${seconds(run.seconds * 1000)}`;
}
