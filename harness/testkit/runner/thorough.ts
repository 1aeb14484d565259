/**
 * What `unit` leaves to `thorough`: a file `a.thorough.test.ts` that imports `./a.test.ts` runs all of its tests. Where that
 * runs by itself, in `unit`, what is declared with `thorough` is left out, and `fewOf` takes the first rows. A thorough file
 * with hooks of its own would run them around these tests, too: beside it there is an `a.rest.thorough.test.ts`.
 */
import { type TestAPI, test } from 'vitest';

/** Set for its project by vitest.config.ts. */
const isThorough = process.env.CANARYPROOF_TESTS === 'thorough';

const nothing = Object.assign(() => undefined, { each: () => () => undefined });

/** `test` where everything is tried, and nothing in `unit`. */
export const thorough: TestAPI = isThorough ? test : (nothing as unknown as TestAPI);

/** Rows for `test.each`: the first of them in `unit`. */
export function fewOf<Row extends readonly [unknown, ...unknown[]]>(count: number, rows: readonly Row[]): Row[];
export function fewOf<Row>(count: number, rows: readonly Row[]): Row[];
export function fewOf<Row>(count: number, rows: readonly Row[]): Row[] {
  return isThorough ? [...rows] : rows.slice(0, count);
}

/** How often something is done: a measurement over many seeds, and a few of them in `unit`. */
export const runsOf = (few: number, many: number): number => (isThorough ? many : few);
