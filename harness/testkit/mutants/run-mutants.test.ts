import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packageRoot } from '../../process/package-root.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import { mutate, runMutants } from './run-mutants.ts';
import type { TestRun } from './vitest-in-copy.ts';

const SOURCE = 'export const limit = 10;\nexport const isBig = (n: number) => n > limit;\n';
const mutant = (change: Partial<Mutant> = {}): Mutant => ({
  ...{
    file: 'rule.ts',
    find: 'n > limit',
    replace: 'n >= limit',
    why: 'the limit itself is big',
    tests: ['a.test.ts'],
  },
  ...change,
});

describe('one text', () => {
  test('that occurs once is replaced, whatever characters it holds', () => {
    expect(mutate('a $& b', { find: '$&', replace: '$1' })).toEqual({ text: 'a $1 b' });
  });

  test.each([
    ['that is not there', 'n < limit', 'its text occurs 0 times and not once'],
    ['that is ambiguous', 'limit', 'its text occurs 2 times and not once'],
    ['that is empty', '', 'its text occurs 0 times and not once'],
  ])('%s is refused', (_, find, why) => {
    expect(mutate(SOURCE, { find, replace: 'x' })).toBe(why);
  });

  test('that is replaced by itself is refused', () => {
    expect(mutate(SOURCE, { find: 'n > limit', replace: 'n > limit' })).toBe('it changes nothing');
  });
});

describe('a run', () => {
  let folder: string;
  let copies: string[];
  let said: string[];
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-mutants-test-'));
    copies = ['one', 'two'].map((name) => path.join(folder, name));
    for (const copy of copies) {
      await mkdir(copy);
      await writeFile(path.join(copy, 'rule.ts'), SOURCE);
    }
    said = [];
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Tests that look at nothing but whether the limit itself is big; `atOnce` counts how many run at a time. */
  const atOnce = { now: 0, most: 0 };
  async function runTests(copy: string): Promise<TestRun> {
    atOnce.now += 1;
    atOnce.most = Math.max(atOnce.most, atOnce.now);
    await new Promise((resolve) => setImmediate(resolve));
    const text = await readFile(path.join(copy, 'rule.ts'), 'utf8');
    atOnce.now -= 1;
    if (text.includes('syntax')) return { kind: 'broken', why: 'does not load' };
    return text.includes('n >= limit') ? { kind: 'failed', test: 'ten is not big' } : { kind: 'passed' };
  }
  const run = (mutants: readonly Mutant[], tests: typeof runTests = runTests) =>
    runMutants(mutants, { runTests: tests, copies, say: (line) => said.push(line) }, new AbortController().signal);

  test('tells what was noticed by which test, what was not, and what could not be tried; in order', async () => {
    const results = await run([
      mutant(),
      mutant({ find: 'limit = 10', replace: 'limit = 11' }),
      mutant({ find: 'limit' }),
      mutant({ file: 'gone.ts' }),
      mutant({ find: 'n > limit', replace: 'syntax' }),
    ]);
    expect(results?.map(({ state, detail }) => `${state}: ${detail}`)).toEqual([
      'killed: ten is not big',
      'survived: a.test.ts',
      'not applied: its text occurs 2 times and not once',
      'not applied: there is no such file',
      'broken: does not load',
    ]);
    expect(said).toHaveLength(5);
    expect(said).toContain('killed      rule.ts: n > limit -> n >= limit (the limit itself is big): ten is not big');
  });

  test('one mutant at a time in each copy, and the copy is as before afterwards', async () => {
    atOnce.most = 0;
    await run(Array.from({ length: 7 }, () => mutant()));
    expect(atOnce.most).toBe(2);
    for (const copy of copies) expect(await readFile(path.join(copy, 'rule.ts'), 'utf8')).toBe(SOURCE);
  });

  test('tests that fail without a mutant prove nothing: no mutant is tried', async () => {
    const failing = async (): Promise<TestRun> => ({ kind: 'failed', test: 'two and two' });
    expect(await run([mutant()], failing)).toBeUndefined();
    expect(said).toEqual(['without a mutant: failed: two and two']);
  });
});

test('every mutant of the list applies to the sources as they are', async () => {
  const wrong = await Promise.all(
    MUTANTS.map(async (mutant) => {
      const text = await readFile(path.join(packageRoot(), mutant.file), 'utf8').catch(() => '');
      const mutated = mutate(text, mutant);
      return typeof mutated === 'string' ? [`${mutant.file} (${mutant.why}): ${mutated}`] : [];
    }),
  );
  expect(wrong.flat()).toEqual([]);
});

test('every mutant of the list is one change with a reason and tests, and none is there twice', () => {
  for (const { file, find, replace, why, tests } of MUTANTS) {
    expect(find, file).not.toBe(replace);
    expect(why, file).not.toBe('');
    expect(tests, file).not.toEqual([]);
  }
  expect(new Set(MUTANTS.map(({ file, find }) => `${file} ${find}`)).size).toBe(MUTANTS.length);
});

const OF_HARM = MUTANTS.filter(({ why }) => why.startsWith('harm '));

test('of harm each names a test that is there, by file and title', async () => {
  // titles of cases that several files share stand in the file that holds them
  const shared = await readFile(path.join(packageRoot(), 'harness/testkit/harmless-cases.ts'), 'utf8');
  const missing = await Promise.all(
    OF_HARM.map(async ({ why, tests, title }) => {
      const texts = await Promise.all(tests.map((file) => readFile(path.join(packageRoot(), file), 'utf8')));
      const sources = [...texts, ...(texts.some((text) => text.includes('harmlessCases(')) ? [shared] : [])];
      const isThere = sources.some((text) =>
        ["'", '"', '`'].some((quote) => text.includes(`${quote}${title}${quote}`)),
      );
      return title !== undefined && isThere ? [] : [`${why}: ${title}`];
    }),
  );
  expect(missing.flat()).toEqual([]);
});

test('the page on harm tells the same table', async () => {
  const page = await readFile(path.join(packageRoot(), 'docs/harmless.md'), 'utf8');
  const rows = OF_HARM.map(({ why, tests, title }) => {
    const [, part, what] = /^harm (\d \w+): (.*)$/.exec(why) ?? [];
    return `| ${part} | ${what} | ${tests.map((file) => `\`${file}\``).join(', ')}: ${title} |`;
  });
  expect(rows.length).toBeGreaterThan(60);
  expect(page.split('\n').filter((line) => /^\| \d /.test(line))).toEqual(rows);
});
