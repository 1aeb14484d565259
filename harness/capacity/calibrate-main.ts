/** `npm run calibrate`: of the sequential tests, or with --capacity of the search for capacity. */

import { calibrateStatistics } from '../stats/calibrate.ts';
import { CAPACITY_SEED, calibrateCapacity } from './calibrate.ts';

const USAGE = 'usage: npm run calibrate -- --capacity [--size ci|full --seed WHOLE-NUMBER]';

function main(argv: readonly string[]): number {
  if (argv.includes('--help')) {
    console.log(USAGE);
    return calibrateStatistics(argv);
  }
  if (!argv.includes('--capacity')) return calibrateStatistics(argv);
  const option = (name: string) => (argv.includes(name) ? argv[argv.indexOf(name) + 1] : undefined);
  const size = option('--size') ?? 'ci';
  const seed = Number(option('--seed') ?? CAPACITY_SEED);
  if ((size !== 'ci' && size !== 'full') || !Number.isSafeInteger(seed)) {
    console.error(USAGE);
    return 2;
  }
  return calibrateCapacity(size, seed, (line) => console.log(line));
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2));
