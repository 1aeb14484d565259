/** Only the entry touches the process: everything else gets its world handed in, so that tests can hand in another. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const HARNESS = path.resolve(import.meta.dirname, '..');
const TOUCHES =
  /\bprocess\s*\.\s*(?:env|argv|exit|exitCode|abort|stdin|stdout|stderr|cwd|chdir|umask|on|once)\b|import\s*\{[^}]*\b(?:env|argv|exit|stdin|stdout|stderr|cwd|on|once)\b[^}]*\}\s*from\s*'node:process'/;

/** Programs of their own, which the harness starts or people run by hand. */
const PROGRAMS = [
  'cli/main.ts',
  'load/k6/fake-k6.ts',
  'evidence/reader-program.ts',
  'claims/strict-mtls/probe-program.ts',
  'faults/bad-controller/admission-program.ts',
];
const PROGRAM_ROOMS = ['bench/', 'fuzz/', 'prove/', 'testkit/'];
/** Make the environment of a Git that they start: without what would point it elsewhere, and with PATH. */
const MAKES_ENVIRONMENT = ['evidence/quiet-git.ts', 'process/read-git.ts', 'overlay/clone-repository.ts'];
/** The one listener for signals of every program. */
const LISTENS_FOR_SIGNALS = 'process/interruption.ts';

function touchesProcess(source: string): boolean {
  if (/\bimport\.meta\.main\b/.test(source)) return false; // an entry of its own
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(?<!:)\/\/.*$/gm, '');
  // `from 'node:process'` must survive, texts that only speak of processes must not.
  const withoutPrograms = code.replace(/`(?:(?!\$\{)[^`\\]|\\.)*`/g, '``');
  return TOUCHES.test(withoutPrograms.replace(/'(?!node:process')(?:[^'\\\n]|\\.)*'/g, "''"));
}

test('no file of the harness but the entry touches the process', () => {
  const files = readdirSync(HARNESS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .filter(
      (file) =>
        ![...PROGRAMS, ...MAKES_ENVIRONMENT, LISTENS_FOR_SIGNALS].includes(file) &&
        !PROGRAM_ROOMS.some((room) => file.startsWith(room)),
    );
  expect(files.length).toBeGreaterThan(50);
  expect(files.filter((file) => touchesProcess(readFileSync(path.join(HARNESS, file), 'utf8')))).toEqual([]);
});

test.each([
  ['process.exit(1);', true],
  ["const home = process.env['HOME'];", true],
  ["import { exit } from 'node:process';", true],
  ['process . stdout.write(text);', true],
  ['// process.exit is for main', false],
  ['/** process.env */ const a = 1;', false],
  ["const FETCH = 'process.stdout.write(1)';", false],
  ['const PROGRAM = `process.exit(1)`;', false],
  [['const text = `$', '{process.env.HOME}`;'].join(''), true],
  ["import { kill } from 'node:process';", false],
  ['if (import.meta.main) process.exitCode = 1;', false],
])('%s: %s', (source, expected) => {
  expect(touchesProcess(source)).toBe(expected);
});
