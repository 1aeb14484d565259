/** A process world in memory: what was printed, a clock that is moved by hand, and a Ctrl-C to press. */

import type { OutputStream, World } from '../../cli/world.ts';
import type { ExitCode } from '../../errors/harness-error.ts';

export interface FakeWorldOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdoutIsTTY?: boolean;
  readonly stderrIsTTY?: boolean;
}

export interface FakeWorld extends World {
  stdoutText(): string;
  stderrText(): string;
  /** Moves the clock and runs the timers that fall due. */
  advance(durationMs: number): void;
  interrupt(exitCode: ExitCode): void;
}

const FAKE_NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

export function createFakeWorld(options: FakeWorldOptions = {}): FakeWorld {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const controller = new AbortController();
  const timers = new Set<{ readonly everyMs: number; dueMs: number; readonly callback: () => void }>();
  let nowMs = FAKE_NOW_MS;
  let interruptedBy: ExitCode | undefined;
  const stream = (into: string[], isTTY: boolean): OutputStream => ({
    write: (text) => void into.push(text),
    isTTY,
    columns: isTTY ? 80 : undefined,
  });
  return {
    env: { LANG: 'C.UTF-8', ...options.env },
    cwd: options.cwd ?? '/nowhere',
    stdout: stream(stdout, options.stdoutIsTTY === true),
    stderr: stream(stderr, options.stderrIsTTY === true),
    host: { system: 'fake 1.0 x64', cpus: 2, memoryBytes: 8 * 1024 ** 3, nodeVersion: '24.0.0' },
    interruption: { signal: controller.signal, exitCode: () => interruptedBy },
    now: () => nowMs,
    every(everyMs, callback) {
      const timer = { everyMs, dueMs: nowMs + everyMs, callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    stdoutText: () => stdout.join(''),
    stderrText: () => stderr.join(''),
    advance(durationMs) {
      const endMs = nowMs + durationMs;
      for (;;) {
        const due = [...timers].filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0];
        if (due === undefined) break;
        nowMs = due.dueMs;
        due.dueMs += due.everyMs;
        due.callback();
      }
      nowMs = endMs;
    },
    interrupt(exitCode) {
      interruptedBy = exitCode;
      controller.abort(new DOMException('interrupted', 'AbortError'));
    },
  };
}
