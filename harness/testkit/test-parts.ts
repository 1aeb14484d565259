/** The parts that `npm test` and `npm run check` are made of, each a program whose result is a number of tests. */

import { mkdtemp, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../process/package-root.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface Part {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  /** What vitest is told to run; its tests are counted one by one. Without it the whole part counts as one test. */
  readonly isVitest?: true;
}

export interface PartResult {
  readonly name: string;
  readonly counts: Counts;
  /** What the program wrote; empty when it wrote to the terminal itself. */
  readonly output: string;
  readonly durationMs: number;
  /** What failed in it, a line each: who reads only the end of a long log must find it there. */
  readonly failures: readonly string[];
}

/** The parts of vitest's JSON report that are read. */
export interface VitestCounts {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults?: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** What of the types has not changed since the last time is not checked again: 2 s of processor time instead of 14. */
const TYPES_SEEN = 'node_modules/.cache/canaryproof/types.tsbuildinfo';
/** Likewise what `knip` reads off a file: 2 s instead of 7. What uses what is still asked anew. */
const USES_SEEN = 'node_modules/.cache/canaryproof/knip';
export const STATIC_PARTS: readonly Part[] = [
  { name: 'types', argv: ['tsc', '--noEmit', '-p', 'tsconfig.json', '--incremental', '--tsBuildInfoFile', TYPES_SEEN] },
  { name: 'types of scenarios', argv: ['tsc', '--noEmit', '-p', 'scenarios/tsconfig.json'] },
  { name: 'lint', argv: ['biome', 'check', '.'] },
  { name: 'unused code', argv: ['knip', '--cache', '--cache-location', USES_SEEN] },
];
/** Tests that wait for a process, a socket or a lease leave their core to the others. */
const WORKERS = Math.ceil(os.availableParallelism() * 1.5);
export const UNIT: Part = {
  name: 'unit',
  argv: ['vitest', 'run', '--project', 'unit', `--maxWorkers=${WORKERS}`],
  isVitest: true,
};
export const THOROUGH: Part = { name: 'thorough', argv: ['vitest', 'run', '--project', 'thorough'], isVitest: true };
export const INTEGRATION: Part = {
  name: 'integration',
  argv: ['vitest', 'run', '--project', 'integration'],
  isVitest: true,
};

/**
 * @param report undefined: vitest wrote none
 * @returns at least one failure when the program failed: a file that cannot even be read has no tests to count
 */
export function countsOf(report: VitestCounts | undefined, succeeded: boolean): Counts {
  const { numPassedTests: passed = 0, numFailedTests = 0, numPendingTests: skipped = 0 } = report ?? {};
  const isSound = succeeded && report !== undefined;
  return { passed, failed: isSound ? numFailedTests : Math.max(1, numFailedTests), skipped };
}

const firstLine = (text = ''): string => text.split('\n', 1)[0] ?? '';

/** @returns `part: file > test: the first line of its message`, one for each test or file that failed, or for a part that only ended badly */
export function failuresOf(part: string, report: VitestCounts | undefined, succeeded: boolean): string[] {
  const named = (report?.testResults ?? []).flatMap((file) => {
    const where = `${part}: ${path.relative(packageRoot(), file.name)}`;
    const tests = file.assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => `${where} > ${fullName}: ${firstLine(failureMessages?.[0])}`);
    return tests.length === 0 && file.status === 'failed' ? [`${where}: ${firstLine(file.message)}`] : tests;
  });
  if (named.length > 0 || (succeeded && report !== undefined)) return named;
  return [`${part}: ${report === undefined ? 'left no report' : 'ended with an error, though no test failed'}`];
}

export function total(results: readonly { readonly counts: Counts }[]): Counts {
  const sum = (key: keyof Counts) => results.reduce((all, { counts }) => all + counts[key], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

/** What failed, to stand right above the closing line. */
export function failureLines(results: readonly { readonly failures: readonly string[] }[]): string {
  return results.flatMap(({ failures }) => failures.map((failure) => `FAILED ${failure}\n`)).join('');
}

/** The last line of a run of tests. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** @param output `shown`: on the terminal as it comes; `kept`: in the result, for parts that run side by side */
export async function runPart(part: Part, output: 'shown' | 'kept', signal?: AbortSignal): Promise<PartResult> {
  const began = performance.now();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-tests-'));
  const file = path.join(folder, 'result.json');
  const [program, ...given] = part.argv;
  const reporting = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  try {
    const child = await execa(program, part.isVitest ? [...given, ...reporting] : given, {
      cwd: packageRoot(),
      stdin: 'ignore',
      stdout: output === 'shown' ? 'inherit' : 'pipe',
      stderr: output === 'shown' ? 'inherit' : 'pipe',
      all: output === 'kept',
      reject: false,
      preferLocal: true,
      ...(signal === undefined ? {} : { cancelSignal: signal }),
    });
    const succeeded = child.exitCode === 0;
    const report = part.isVitest ? await reportIn(file) : undefined;
    const counts = part.isVitest
      ? countsOf(report, succeeded)
      : { passed: Number(succeeded), failed: Number(!succeeded), skipped: 0 };
    const failures = part.isVitest ? failuresOf(part.name, report, succeeded) : succeeded ? [] : [part.name];
    const said = child.exitCode === undefined ? `${child.message}\n` : '';
    const durationMs = performance.now() - began;
    const written = `${String(child.all ?? '')}${said && `\n${said}`}`;
    return { name: part.name, counts, output: written, durationMs, failures };
  } finally {
    await removeOwnTree(folder);
  }
}

async function reportIn(file: string): Promise<VitestCounts | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as VitestCounts;
  } catch {
    return undefined; // missing or cut off: the part failed
  }
}
