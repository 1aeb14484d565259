/** Progress as plain lines: beginnings and ends at once, updates of a step at most every ten seconds. */
import type { Progress } from '../../harness/ports/progress.ts';

const QUIET_MS = 10_000;

export function linesProgress(write: (line: string) => void, clock: () => number): Progress {
  return {
    step(name) {
      const started = clock();
      let spoken = started;
      write(`${name} ...`);
      const end = (word: string, text: string | undefined) =>
        write(`${name}: ${word}${text ? ` (${text})` : ''} after ${((clock() - started) / 1000).toFixed(0)} s`);
      return {
        update(text) {
          if (clock() - spoken < QUIET_MS) return;
          spoken = clock();
          write(`${name}: ${text}`);
        },
        done: (text) => end('done', text),
        fail: (text) => end('FAILED', text),
      };
    },
    note: write,
  };
}
