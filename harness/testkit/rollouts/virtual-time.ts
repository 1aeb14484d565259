/**
 * Time for tests that play minutes of a rollout: it moves in ticks, and only while somebody waits for it. Timers of the
 * code under test are on it too, so that a limit runs out without anybody sitting it out, and one left over can be seen.
 */
import { vi } from 'vitest';

export interface VirtualTime extends Disposable {
  /** Unix milliseconds. */
  readonly nowMs: number;
  /** Called after every step of the clock; @returns what takes the call back. */
  onTick(act: (nowMs: number) => void): () => void;
  /** Timers that somebody waits for. */
  readonly timers: number;
  /** Resolves after `ms` milliseconds; @throws the signal's reason, at once. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

const START_MS = Date.UTC(2026, 0, 2);
const TICK_MS = 100;

export function startVirtualTime(): VirtualTime {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  const actors = new Set<(nowMs: number) => void>();
  let nowMs = START_MS;
  let over = false;
  const turn = () => {
    if (over) return;
    // nobody waits for time while an answer is still being worked on
    if (vi.getTimerCount() > 0) {
      nowMs += TICK_MS;
      for (const act of [...actors]) act(nowMs);
      vi.advanceTimersByTime(TICK_MS);
    }
    setImmediate(turn);
  };
  setImmediate(turn);
  return {
    get nowMs() {
      return nowMs;
    },
    get timers() {
      return vi.getTimerCount();
    },
    onTick(act) {
      actors.add(act);
      return () => void actors.delete(act);
    },
    pause(ms, signal) {
      signal.throwIfAborted();
      return new Promise((resolve, reject) => {
        const stop = () => {
          clearTimeout(timer);
          reject(signal.reason);
        };
        const timer = setTimeout(() => {
          signal.removeEventListener('abort', stop);
          resolve();
        }, ms);
        signal.addEventListener('abort', stop, { once: true });
      });
    },
    [Symbol.dispose]() {
      over = true;
      vi.useRealTimers();
    },
  };
}
