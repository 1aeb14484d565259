/**
 * The only room that starts programs. Arguments are arrays, never a shell string; a failure keeps the argv, the
 * output and why it ended, and prints as one line that can be pasted into a shell.
 */
import { existsSync } from 'node:fs';
import { execa, type Options } from 'execa';
import { EXIT, HarnessError } from '../errors/harness-error.ts';

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the current environment; `extendEnv: false` replaces it. */
  readonly env?: Readonly<Record<string, string>>;
  readonly extendEnv?: boolean;
  readonly input?: string | Uint8Array;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Ctrl-C at a terminal does not reach it, and it outlives this program: for work that must not stop half way. */
  readonly ownProcessGroup?: true;
  /** Called for every line of stdout and stderr as it arrives. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Past these it is killed, or told that there is no memory; kept where a POSIX shell is. */
  readonly limits?: { readonly cpuSeconds: number; readonly memoryBytes: number };
  /** Of stdout and of stderr; more ends the program. Default: 256 MiB. */
  readonly maxOutputBytes?: number;
  /** Exit codes that are not a failure (default: only 0). */
  readonly acceptExitCodes?: readonly number[];
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  readonly durationMs: number;
}

export class ProgramError extends HarnessError {
  readonly argv: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  readonly programExitCode: number | undefined;
  readonly reason: 'exit' | 'signal' | 'timeout' | 'canceled' | 'not-found' | 'output' | 'other';

  constructor(argv: readonly string[], failure: ProgramFailure) {
    const tail = lastLines(failure.stderr || failure.stdout, 12);
    super('PROGRAM_FAILED', EXIT.environment, `${describe(failure)}: ${pasteable(argv)}${tail ? `\n${tail}` : ''}`, {
      cause: failure.cause,
      ...(failure.reason === 'not-found' ? { hint: `Install ${argv[0]} or put it on PATH.` } : {}),
    });
    this.argv = argv;
    this.stdout = failure.stdout;
    this.stderr = failure.stderr;
    this.programExitCode = failure.exitCode;
    this.reason = failure.reason;
  }
}

interface ProgramFailure {
  readonly reason: ProgramError['reason'];
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** Why it could not be started, where it was not for want of the program. */
  readonly detail?: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly cause: unknown;
}

function describe(failure: ProgramFailure): string {
  switch (failure.reason) {
    case 'not-found':
      return 'program not found';
    case 'timeout':
      return 'program timed out';
    case 'output':
      return 'program was ended for the length of its output';
    case 'canceled':
      return 'program was cancelled';
    case 'signal':
      return `program ended by ${failure.signal ?? 'a signal'}`;
    case 'other':
      return `program could not be run (${failure.detail ?? 'unknown reason'})`;
    case 'exit':
      return `program ended with exit code ${failure.exitCode ?? 'unknown'}`;
  }
}

function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

/** One line that a POSIX shell reads back as the same argv. */
export function pasteable(argv: readonly string[]): string {
  return argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}

/**
 * Runs a program to its end and returns its output.
 * @throws ProgramError when it cannot start, ends with an exit code that is not accepted, times out or is cancelled.
 */
export async function runProgram(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<RunResult> {
  return programs.run(argv, options);
}

/** How they are run: the place where a test puts programs that it plays itself. */
export const programs = { run: runToItsEnd };

const SHELL = '/bin/sh';

/** The shell sets the limits of its own process, which becomes the program; what a system cannot limit it leaves. */
function limited(
  argv: readonly [string, ...string[]],
  { cpuSeconds, memoryBytes }: NonNullable<RunOptions['limits']>,
): readonly [string, ...string[]] {
  // of a program that is not there the system says so itself
  if (process.platform === 'win32' || !existsSync(SHELL) || !existsSync(argv[0])) return argv;
  const kib = Math.round(memoryBytes / 1024);
  return [SHELL, '-c', `ulimit -t ${cpuSeconds}; ulimit -d ${kib}; exec "$0" "$@"`, ...argv];
}

async function runToItsEnd(argv: readonly [string, ...string[]], options: RunOptions): Promise<RunResult> {
  const [file, ...args] = options.limits ? limited(argv, options.limits) : argv;
  const started = performance.now();
  const child = execa(file, args, {
    reject: false,
    stripFinalNewline: false,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
    extendEnv: options.extendEnv ?? true,
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    ...(options.ownProcessGroup ? { detached: true } : {}),
    maxBuffer: options.maxOutputBytes ?? 256 * 1024 * 1024,
  } satisfies Options);
  const { onLine } = options;
  const reading = (onLine ? (['stdout', 'stderr'] as const) : []).map(async (stream) => {
    for await (const line of child.iterable({ from: stream })) onLine?.(String(line), stream);
  });
  // a reader fails with the program, whose own failure says more
  const [result] = await Promise.all([child, Promise.allSettled(reading)]);
  const stdout = String(result.stdout ?? '');
  const stderr = String(result.stderr ?? '');
  const accepted = options.acceptExitCodes ?? [0];
  if (result.exitCode !== undefined && accepted.includes(result.exitCode) && !result.timedOut && !result.isCanceled)
    return { stdout, stderr, exitCode: result.exitCode, durationMs: performance.now() - started };
  const isStarted = child.pid !== undefined;
  const folderMissing = !isStarted && options.cwd !== undefined && !existsSync(options.cwd);
  const notFound = result.code === 'ENOENT' && !folderMissing;
  const reason = result.timedOut
    ? 'timeout'
    : result.isCanceled
      ? 'canceled'
      : result.isMaxBuffer
        ? 'output'
        : notFound
          ? 'not-found'
          : result.signal
            ? 'signal'
            : !isStarted || result.exitCode === undefined
              ? 'other'
              : 'exit';
  throw new ProgramError(argv, {
    reason,
    exitCode: result.exitCode,
    signal: result.signal,
    detail: folderMissing ? `there is no folder ${options.cwd}` : result.code,
    stdout,
    stderr,
    cause: result,
  });
}
