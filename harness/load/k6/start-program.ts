/** Starts a program that runs beside the harness: its streams, its end, and signals to it. */
import { kill } from 'node:process';
import type { Readable } from 'node:stream';
import { execa } from 'execa';

export interface ProgramEnd {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** Set when it could not be started, such as ENOENT. */
  readonly startError: string | undefined;
}

export interface RunningProgram {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** When it has ended and both streams are read; never rejects. */
  readonly ended: Promise<ProgramEnd>;
}

export type StartProgram = (
  argv: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>>,
) => RunningProgram;

/**
 * In a process group of its own: a Ctrl-C in the terminal must reach the harness only, because k6 takes a second
 * interrupt as the order to leave its books open.
 */
export const startProgram: StartProgram = ([file, ...args], environment) => {
  const child = execa(file, args, {
    reject: false,
    buffer: false,
    detached: true,
    extendEnv: false,
    env: { ...environment },
    stdin: 'ignore',
  });
  return {
    pid: child.pid,
    stdout: child.stdout,
    stderr: child.stderr,
    ended: child.then(({ exitCode, signal, code, failed }) => ({
      exitCode,
      signal,
      startError: failed && exitCode === undefined && signal === undefined ? (code ?? 'unknown') : undefined,
    })),
  };
};

/** @returns false when there is no such process any more, or it is not ours to signal. */
export function sendSignal(pid: number, signal: 'SIGINT' | 'SIGKILL'): boolean {
  try {
    return kill(pid, signal);
  } catch {
    return false;
  }
}
