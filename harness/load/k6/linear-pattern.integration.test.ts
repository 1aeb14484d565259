/** Patterns in the real k6 (CANARYPROOF_K6): the same answer as in the harness, and linear time without a library. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { linearPattern } from '../../pattern/linear-pattern.ts';
import { runProgram } from '../../process/run-program.ts';
import { k6Environment } from './k6-command.ts';

const k6Path = process.env.CANARYPROOF_K6;
if (k6Path === undefined) throw new TypeError('set CANARYPROOF_K6 to the path of a k6 2.x program');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'canaryproof-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** As scenarios/shared/receiver-identity.ts does it. */
const SCRIPT = `
const cases = JSON.parse(open('./cases.json'));
export const options = { vus: 1, iterations: 1 };
export default function () {
  const results = cases.map(([pattern, text]) => {
    const match = new RegExp(pattern).exec(text);
    return match === null ? null : match.length > 1 ? (match[1] ?? '') : match[0];
  });
  console.log('results ' + JSON.stringify(results));
}
`;

async function inK6(cases: readonly (readonly [pattern: string, text: string])[]): Promise<(string | null)[]> {
  const script = path.join(directory, 'script.js');
  writeFileSync(script, SCRIPT);
  writeFileSync(
    path.join(directory, 'cases.json'),
    JSON.stringify(cases.map(([pattern, text]) => [linearPattern(pattern).script, text])),
  );
  const { stderr } = await runProgram(
    [k6Path ?? '', 'run', '--quiet', '--no-usage-report', '--address=', '--log-format=raw', script],
    { env: k6Environment(process.env, directory), extendEnv: false, timeoutMs: 120_000 },
  );
  const line = stderr.split('\n').find((text) => text.startsWith('results '));
  return JSON.parse(line?.slice('results '.length) ?? 'null') as (string | null)[];
}

const inHarness = ([pattern, text]: readonly [string, string]) => linearPattern(pattern).firstOf(text) ?? null;

it('answers as the harness does', async () => {
  const atom = fc.constantFrom(
    ...[
      'a',
      'b',
      '.',
      '\\s',
      '\\S',
      '\\d',
      '\\w',
      '\\.',
      '-',
      '\\u0061',
      '\\x20',
      '^',
      '$',
      '\\b',
      'é',
      '\\u00e9',
      '/',
    ],
    ...[
      '[ab]',
      '[^a]',
      '[\\s\\S]',
      '[^\\S]',
      '[a-c\\d]',
      '[^\\s.]',
      '(?:a|bb)',
      '(a|)',
      '(b)',
      '[[:a]',
      '[^]',
      '(?<n>a)',
    ],
  );
  const piece = fc
    .tuple(atom, fc.constantFrom('', '', '', '?', '*', '+', '*?', '{1,2}'))
    .map(([what, often]) => (/^(\^|\$|\\b)$/.test(what) ? what : what + often));
  const unit = fc.constantFrom('a', 'b', 'c', '1', ' ', '\n', '.', '-', '\u2028', 'é', ':', '\u00a0', '/');
  const cases = fc.sample(
    fc.tuple(
      fc
        .array(piece, { maxLength: 6 })
        .map((pieces) => pieces.join(''))
        // a name may be given once
        .filter((pattern) => pattern.split('?<n>').length < 3),
      fc.string({ unit, maxLength: 12 }),
    ),
    { numRuns: 5000, seed: 11 },
  );
  const results = await inK6(cases);
  const differing = cases.filter((one, index) => results[index] !== inHarness(one));
  expect(results).toHaveLength(cases.length);
  expect(differing.slice(0, 5)).toEqual([]);
});

it('does not backtrack', async () => {
  const long = 'a'.repeat(50_000);
  // k6's backtracking engine takes seconds for 28 letters of these
  const cases = ['(a+)+b', '(a|a)*b', '(.*)(.*)(.*)x', '^(([a-z])+.)+[A-Z]([a-z])+$', '(?<n>a+)+[\\s\\S]*\\u0062'].map(
    (pattern) => [pattern, long] as const,
  );
  expect(await inK6(cases)).toEqual(cases.map(() => null));
});
