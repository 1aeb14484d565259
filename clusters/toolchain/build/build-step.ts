/** Runs one program of a build: output into the component's log, lines to the progress, failures explained. */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { pasteable, type RunResult, runProgram } from '../../../harness/process/run-program.ts';
import { explainBuildFailure } from './build-failure.ts';

export interface BuildStep {
  /** Such as `kubernetes 1.35.4`, and what is being done to it: `downloading`, `compiling`. */
  readonly what: string;
  readonly doing: string;
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly signal: AbortSignal;
  readonly onLine?: (line: string) => void;
}

/** @throws HarnessError TOOLCHAIN_* or INTERRUPTED, naming the component, the reason and the log. */
export async function runBuildStep(step: BuildStep): Promise<RunResult> {
  const { what, doing, argv, cwd, env, logFile, signal, onLine } = step;
  await mkdir(path.dirname(logFile), { recursive: true });
  const log = createWriteStream(logFile, { flags: 'a' });
  // A full disk must not end the process from an event handler; the build itself fails and says why.
  log.on('error', () => undefined);
  log.write(`$ ${pasteable(argv)}\n`);
  try {
    return await runProgram(argv, {
      ...(cwd === undefined ? {} : { cwd }),
      env,
      signal,
      onLine: (line) => {
        log.write(`${line}\n`);
        onLine?.(line);
      },
    });
  } catch (error) {
    throw explainBuildFailure({ what, doing, logFile }, error);
  } finally {
    log.end();
    await finished(log).catch(() => undefined);
  }
}
