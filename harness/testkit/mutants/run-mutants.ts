/**
 * `npm run mutants [WORD...]`: makes each mutant of mutants.ts in a private copy of the sources and runs the unit tests
 * that must notice it. Words choose mutants by file or reason. Fails when the tests fail without a mutant, when a mutant
 * does not apply or does not load, and when one survives. The working tree is read only; the copies go at the end.
 */

import { cp, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { listenForInterruption } from '../../process/interruption.ts';
import { packageRoot } from '../../process/package-root.ts';
import { removeOwnTree } from '../../process/remove-own-tree.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import { BY_TIME, inOneLine, runVitest, type TestRun } from './vitest-in-copy.ts';

export interface MutantResult {
  readonly mutant: Mutant;
  readonly state: 'killed' | 'survived' | 'not applied' | 'broken';
  /** The test that noticed, or why it could not be tried. */
  readonly detail: string;
}

export interface MutantPorts {
  /** Runs unit test files in a copy. */
  runTests(copy: string, files: readonly string[], signal: AbortSignal): Promise<TestRun>;
  /** Private copies of the sources; as many mutants are tried at a time. */
  readonly copies: readonly string[];
  say(line: string): void;
}

/** @returns the mutated text, or why there is none */
export function mutate(text: string, { find, replace }: Pick<Mutant, 'find' | 'replace'>): { text: string } | string {
  const count = find === '' ? 0 : text.split(find).length - 1;
  if (count !== 1) return `its text occurs ${count} times and not once`;
  if (find === replace) return 'it changes nothing';
  return { text: text.replace(find, () => replace) };
}

/** @returns one result for each mutant, in their order; undefined: the tests fail without a mutant */
export async function runMutants(
  mutants: readonly Mutant[],
  { runTests, copies, say }: MutantPorts,
  signal: AbortSignal,
): Promise<readonly MutantResult[] | undefined> {
  const files = [...new Set(mutants.flatMap(({ tests }) => tests))];
  const [first] = copies;
  if (first === undefined) throw new TypeError('at least one copy is needed');
  const unmutated = await runTests(first, files, signal);
  if (unmutated.kind !== 'passed') {
    say(`without a mutant: ${unmutated.kind === 'failed' ? `failed: ${unmutated.test}` : unmutated.why}`);
    return undefined;
  }
  const results: MutantResult[] = [];
  const waiting = mutants.map((mutant, index) => ({ mutant, index }));
  const worker = async (copy: string) => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      signal.throwIfAborted();
      const result = await tryMutant(next.mutant, copy, runTests, signal);
      results[next.index] = result;
      say(lineOf(result));
    }
  };
  await Promise.all(copies.map(worker));
  return results;
}

async function tryMutant(
  mutant: Mutant,
  copy: string,
  runTests: MutantPorts['runTests'],
  signal: AbortSignal,
): Promise<MutantResult> {
  const file = path.join(copy, mutant.file);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const mutated = text === undefined ? 'there is no such file' : mutate(text, mutant);
  if (text === undefined || typeof mutated === 'string')
    return { mutant, state: 'not applied', detail: typeof mutated === 'string' ? mutated : '' };
  await writeFile(file, mutated.text);
  try {
    const run = await runTests(copy, mutant.tests, signal);
    if (run.kind === 'failed') return { mutant, state: 'killed', detail: run.test };
    if (run.kind === 'broken') return { mutant, state: 'broken', detail: run.why };
    return { mutant, state: 'survived', detail: mutant.tests.join(', ') };
  } finally {
    await writeFile(file, text);
  }
}

function lineOf({ mutant, state, detail }: MutantResult): string {
  const change = `${inOneLine(mutant.find)} -> ${inOneLine(mutant.replace) || 'nothing'}`;
  return `${state.padEnd(11)} ${mutant.file}: ${change} (${mutant.why}): ${detail}`;
}

const LEFT_OUT = new Set(['node_modules', '.git', 'dist', 'runs', 'coverage']);

/** The sources in a folder of their own. Dependencies are linked one by one: what tools cache beside them stays here. */
async function copySources(from: string, to: string): Promise<string> {
  await mkdir(path.join(to, 'node_modules'), { recursive: true });
  for (const name of await readdir(from))
    if (!LEFT_OUT.has(name)) await cp(path.join(from, name), path.join(to, name), { recursive: true });
  for (const name of await readdir(path.join(from, 'node_modules')))
    if (name !== '.vite' && name !== '.cache')
      await symlink(path.join(from, 'node_modules', name), path.join(to, 'node_modules', name));
  return to;
}

const AT_A_TIME = 2;

async function main(words: readonly string[]): Promise<number> {
  if (words.includes('--help')) {
    console.log('usage: npm run mutants [-- WORD...]   (words of a file or a reason choose mutants)');
    return 0;
  }
  const chosen = MUTANTS.filter(({ file, why }) =>
    words.every((word) => `${file} ${why}`.toLowerCase().includes(word.toLowerCase())),
  );
  if (chosen.length === 0) {
    console.error(`no mutant is about ${words.join(' ')}`);
    return 2;
  }
  const interruption = listenForInterruption();
  const beganMs = performance.now();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-mutants-'));
  try {
    const names = Array.from({ length: Math.min(AT_A_TIME, chosen.length) }, (_, i) => path.join(folder, `copy-${i}`));
    const copies = await Promise.all(names.map((to) => copySources(packageRoot(), to)));
    const ports = { runTests: runVitest, copies, say: (line: string) => console.log(line) };
    const results = await runMutants(chosen, ports, interruption.signal);
    if (results === undefined) return 1;
    const killed = results.filter(({ state }) => state === 'killed').length;
    const rest = ['survived', 'not applied', 'broken'].map(
      (state) => `${results.filter((result) => result.state === state).length} ${state}`,
    );
    const minutes = ((performance.now() - beganMs) / 60_000).toFixed(1);
    const late = results.filter(({ state, detail }) => state === 'killed' && detail.endsWith(BY_TIME)).length;
    console.log(
      `\n${killed} of ${results.length} mutants were noticed, ${late} by time alone; ${rest.join(', ')} (${minutes} min)`,
    );
    return killed === results.length ? 0 : 1;
  } catch (error) {
    const told = interruption.exitCode();
    if (told === undefined) throw error;
    return told;
  } finally {
    await removeOwnTree(folder);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2));
