/**
 * `npm run mutants [WORD...]`: makes each mutant of mutants.ts in a private copy of the sources and runs the unit tests
 * that must notice it. Words choose mutants by file or reason. Fails when the tests fail without a mutant, when a mutant
 * does not apply or does not load, and when one survives. The working tree is read only; the copies go at the end.
 */

import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { listenForInterruption } from '../process/interruption.ts';
import { packageRoot } from '../process/package-root.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { MUTANTS, type Mutant } from './mutants.ts';

/** `broken`: no test failed and none passed either, so the mutated code did not load. */
export type TestRun =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly test: string }
  | { readonly kind: 'broken'; readonly why: string };

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

const inOneLine = (text: string) => text.replace(/\s+/g, ' ');

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

const TEST_MS = 30_000;
const RUN_MS = 300_000;

/** The parts of vitest's JSON report that are read. */
interface VitestReport {
  readonly success: boolean;
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

async function runVitest(copy: string, files: readonly string[], signal: AbortSignal): Promise<TestRun> {
  const report = path.join(copy, 'mutant-report.json');
  await rm(report, { force: true });
  const args = ['run', '--project', 'unit*', '--maxWorkers=1', `--testTimeout=${TEST_MS}`];
  const reporting = ['--reporter=json', `--outputFile.json=${report}`];
  const child = await execa(path.join(copy, 'node_modules', '.bin', 'vitest'), [...args, ...reporting, ...files], {
    cwd: copy,
    preferLocal: true,
    localDir: copy,
    reject: false,
    all: true,
    timeout: RUN_MS,
    cancelSignal: signal,
  });
  signal.throwIfAborted();
  // a mutant that never ends is one that is noticed
  if (child.timedOut) return { kind: 'failed', test: `no end within ${RUN_MS / 1000} s` };
  const text = await readFile(report, 'utf8').catch(() => undefined);
  if (text === undefined)
    return { kind: 'broken', why: child.all.trim().split('\n').at(-1) ?? 'vitest wrote no report' };
  const { success, numTotalTests, testResults } = JSON.parse(text) as VitestReport;
  for (const { assertionResults } of testResults) {
    const failed = assertionResults.find(({ status }) => status === 'failed');
    if (failed) return { kind: 'failed', test: failed.fullName };
  }
  const missing = files.find((file) => !testResults.some(({ name }) => name.endsWith(file)));
  if (missing !== undefined) return { kind: 'broken', why: `${missing} was not run` };
  if (success && numTotalTests > 0) return { kind: 'passed' };
  return { kind: 'broken', why: inOneLine(testResults.find(({ message }) => message)?.message ?? 'no test ran') };
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
    console.log(`\n${killed} of ${results.length} mutants were noticed; ${rest.join(', ')}`);
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
