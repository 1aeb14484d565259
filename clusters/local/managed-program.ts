/** Keeps one long-running program alive: output to a log file, restart with growing delay, a note for each restart. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import type { ProgramLine } from './control-plane/program-lines.ts';

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 5_000;
/** A program that ran this long starts over with the first delay. */
const STEADY_MS = 30_000;

export interface ManagedProgram {
  readonly name: string;
  /** Ends it for good; resolves when it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts `line` and restarts it whenever it ends, until `stop`.
 * @param note called with one sentence for every unexpected end
 */
export function keepRunning(line: ProgramLine, logDirectory: string, note: (text: string) => void): ManagedProgram {
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let delayMs = FIRST_DELAY_MS;

  const start = (): void => {
    const log = openSync(path.join(logDirectory, `${line.name}.log`), 'a');
    const startedAt = Date.now();
    const [file, ...args] = line.argv;
    child = spawn(file, args, { stdio: ['ignore', log, log], env: { ...process.env, ...line.env } });
    closeSync(log);
    let over = false;
    const ended = (why: string): void => {
      if (over) return;
      over = true;
      child = undefined;
      if (stopped) return;
      if (Date.now() - startedAt > STEADY_MS) delayMs = FIRST_DELAY_MS;
      note(`${line.name} ended (${why}) after ${Date.now() - startedAt} ms; restarting in ${delayMs} ms`);
      timer = setTimeout(start, delayMs);
      delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
    };
    child.once('error', (error) => ended(error.message));
    child.once('exit', (code, signal) => ended(signal ?? `exit code ${code}`));
  };
  start();

  return {
    name: line.name,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      const current = child;
      if (!current || current.exitCode !== null || current.signalCode !== null) return;
      // `close` and not `exit`: a program that cannot be started never exits
      const gone = new Promise<void>((resolve) => current.once('close', () => resolve()));
      current.kill('SIGTERM');
      const force = setTimeout(() => current.kill('SIGKILL'), 2_000);
      await gone;
      clearTimeout(force);
    },
  };
}
