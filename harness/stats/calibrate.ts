/**
 * `npm run calibrate [-- --size ci|full --seed N]`: measures the error rates that the statistics promise and
 * prints them as a Markdown table. Exit 1 when a promise is broken or a negative control was not seen to break.
 */
import { negativeControls } from './calibration-controls.ts';
import { dependenceStudies } from './calibration-dependence.ts';
import { sequentialStudies } from './calibration-sequential.ts';
import { runStudy, type Study, type StudyResult } from './calibration-study.ts';
import { exactOperatingCharacteristics } from './exact-sequential-test.ts';

/** Runs per study as a multiple of the size that fits a CI run; `unit` is what every run of the unit tests can afford. */
const CALIBRATION_SCALE = { unit: 0.2, ci: 1, full: 10 } as const;
type CalibrationSize = keyof typeof CALIBRATION_SCALE;
export const CALIBRATION_SEED = 20_261_121;

export function calibrationStudies(size: CalibrationSize): readonly Study[] {
  const scale = CALIBRATION_SCALE[size];
  return [...sequentialStudies(scale), ...dependenceStudies(scale), ...negativeControls(scale)];
}

/** Each study has a stream of its own, so that adding one changes no other. */
export function seedOf(study: Study, seed: number): number {
  let value = seed | 0;
  for (const char of `${study.name}/${study.nominal}`) value = Math.imul(value ^ char.charCodeAt(0), 0x01000193);
  return value | 0;
}

const TABLE_HEAD = [
  '| what must not happen | promised | runs | seen | rate (99 % interval) | limit | |',
  '|---|---|---|---|---|---|---|',
];

export function tableRow(result: StudyResult): string {
  const { kind, nominal, runs, errors, rate, interval, limit } = result;
  const number = (value: number) => Number(value.toPrecision(3));
  const promise = kind === 'control' ? `control: more than ${nominal}` : `≤ ${nominal}`;
  const range = `${number(rate)} (${number(interval.low)} to ${number(interval.high)})`;
  const verdict = result.asExpected ? 'ok' : kind === 'control' ? 'NOT SEEN' : 'BROKEN';
  return `| ${result.name} | ${promise} | ${runs} | ${errors} | ${range} | ${limit} | ${verdict} |`;
}

/** Exact errors of the ratio pair for 90/10, by dynamic programming: no simulation, no seed. */
function exactRows(size: CalibrationSize): readonly string[] {
  const margins = size === 'full' ? [0.05, 0.02, 0.01] : [0.05, 0.02];
  const rows = [
    '',
    '| exact, 90/10 | α=β | mean to pass (q50/q95/q99) | mean to fail +/− | false alarm | miss +/− |',
    '|---|---|---|---|---|---|',
  ];
  for (const margin of margins) {
    for (const rate of [1e-2, 1e-3, 1e-6]) {
      const test = { share: 0.1, margin, alpha: rate, beta: rate };
      const most = margin === 0.01 ? 150_000 : 60_000;
      const [exact, above, below] = [0.1, 0.1 + margin, 0.1 - margin].map((truth) =>
        exactOperatingCharacteristics(test, truth, most),
      );
      const quantiles = [0.5, 0.95, 0.99].map((p) => exact!.quantile(p)).join('/');
      rows.push(
        `| ±${margin * 100} points | ${rate} | ${exact!.meanRequests.toFixed(1)} (${quantiles}) | ${above!.meanRequests.toFixed(1)} / ${below!.meanRequests.toFixed(1)} | ${exact!.failProbability.toPrecision(5)} | ${above!.passProbability.toPrecision(5)} / ${below!.passProbability.toPrecision(5)} |`,
      );
    }
  }
  return rows;
}

const USAGE = 'usage: npm run calibrate [-- --size ci|full --seed WHOLE-NUMBER]';

/** Exit code. */
export function calibrateStatistics(argv: readonly string[]): number {
  if (argv.includes('--help')) {
    console.log(USAGE);
    return 0;
  }
  const option = (name: string) => (argv.includes(name) ? argv[argv.indexOf(name) + 1] : undefined);
  const size = option('--size') ?? 'ci';
  const seed = Number(option('--seed') ?? CALIBRATION_SEED);
  if ((size !== 'ci' && size !== 'full') || !Number.isSafeInteger(seed)) {
    console.error(USAGE);
    return 2;
  }
  console.log(`Calibration, size ${size}, seed ${seed}\n`);
  for (const line of TABLE_HEAD) console.log(line);
  let broken = 0;
  for (const study of calibrationStudies(size)) {
    const result = runStudy(study, seedOf(study, seed));
    if (!result.asExpected) broken += 1;
    console.log(tableRow(result));
  }
  for (const row of exactRows(size)) console.log(row);
  console.log(broken === 0 ? '\nAll promises held, all controls were seen to break.' : `\n${broken} not as expected.`);
  return broken === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = calibrateStatistics(process.argv.slice(2));
