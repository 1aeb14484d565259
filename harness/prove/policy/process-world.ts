/** The process as a world for the use cases that the proof starts: Ctrl-C ends the run in order, and the journal stays. */
import os from 'node:os';
import type { World } from '../../cli/world.ts';
import { EXIT, type ExitCode } from '../../errors/harness-error.ts';

export function processWorld(): World {
  const controller = new AbortController();
  let exitCode: ExitCode | undefined;
  const stop = (code: ExitCode) => {
    exitCode ??= code;
    controller.abort(new DOMException('interrupted', 'AbortError'));
  };
  process.on('SIGINT', () => stop(EXIT.interrupted));
  process.on('SIGTERM', () => stop(EXIT.terminated));
  const stream = (to: NodeJS.WriteStream) => ({
    write: (text: string) => void to.write(text),
    isTTY: false,
    columns: undefined,
  });
  return {
    env: process.env,
    cwd: process.cwd(),
    stdout: stream(process.stdout),
    stderr: stream(process.stderr),
    host: {
      system: `${os.platform()} ${os.release()} ${os.arch()}`,
      cpus: os.availableParallelism(),
      memoryBytes: os.totalmem(),
      nodeVersion: process.versions.node,
    },
    interruption: { signal: controller.signal, exitCode: () => exitCode },
    now: Date.now,
    every(intervalMs, callback) {
      const timer = setInterval(callback, intervalMs);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}
