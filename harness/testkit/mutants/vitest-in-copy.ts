/** Unit tests of a private copy of the sources, and which of them failed. */
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';

/** `broken`: no test failed and none passed either, so the mutated code did not load. */
export type TestRun =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly test: string }
  | { readonly kind: 'broken'; readonly why: string };

/** Against hanging, and long: on a busy machine a test that is late would pass for one that noticed. */
const TEST_MS = 120_000;
const RUN_MS = 600_000;
export const BY_TIME = ' (by time alone)';

/** The parts of vitest's JSON report that are read. */
interface VitestReport {
  readonly success: boolean;
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

type AssertionResult = VitestReport['testResults'][number]['assertionResults'][number];
const isFailed = ({ status }: AssertionResult) => status === 'failed';
const isLate = ({ failureMessages }: AssertionResult) =>
  (failureMessages ?? []).some((message) => /(Test|Hook) timed out in \d+ms/.test(message));

export async function runVitest(copy: string, files: readonly string[], signal: AbortSignal): Promise<TestRun> {
  const report = path.join(copy, 'mutant-report.json');
  await rm(report, { force: true });
  const args = ['run', '--project', 'unit', '--project', 'thorough', '--maxWorkers=1', `--testTimeout=${TEST_MS}`];
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
  if (child.timedOut) return { kind: 'failed', test: `no end within ${RUN_MS / 1000} s${BY_TIME}` };
  const text = await readFile(report, 'utf8').catch(() => undefined);
  if (text === undefined)
    return { kind: 'broken', why: child.all.trim().split('\n').at(-1) ?? 'vitest wrote no report' };
  const { success, numTotalTests, testResults } = JSON.parse(text) as VitestReport;
  const failed = testResults.flatMap(({ assertionResults }) => assertionResults.filter(isFailed));
  // one that says what is wrong, before those that only came to no end
  const noticed = failed.find((each) => !isLate(each)) ?? failed[0];
  if (noticed) return { kind: 'failed', test: `${noticed.fullName}${isLate(noticed) ? BY_TIME : ''}` };
  const missing = files.find((file) => !testResults.some(({ name }) => name.endsWith(file)));
  if (missing !== undefined) return { kind: 'broken', why: `${missing} was not run` };
  if (success && numTotalTests > 0) return { kind: 'passed' };
  return { kind: 'broken', why: inOneLine(testResults.find(({ message }) => message)?.message ?? 'no test ran') };
}

export const inOneLine = (text: string) => text.replace(/\s+/g, ' ');
