/** Progress that is also kept in the run directory: what happened when, for the report and for a later reader. */
import type { Progress } from '../ports/progress.ts';

/** Live figures change many times a second; the record keeps one for each step and second. */
const UPDATE_EVERY_MS = 1000;

export function recordProgress(
  progress: Progress,
  record: (event: Readonly<Record<string, unknown>>) => void,
  now: () => number,
): Progress {
  return {
    note(text) {
      record({ type: 'note', atMs: now(), text });
      progress.note(text);
    },
    claim(told) {
      record({ type: 'claim', atMs: now(), claim: told });
      progress.claim?.(told);
    },
    step(name) {
      const startedAtMs = now();
      let updatedAtMs = Number.NEGATIVE_INFINITY;
      record({ type: 'step-started', atMs: startedAtMs, name });
      const inner = progress.step(name);
      const end = (type: 'step-done' | 'step-failed', text: string) =>
        record({ type, atMs: now(), name, text, durationMs: now() - startedAtMs });
      return {
        update(text, split) {
          const atMs = now();
          if (atMs - updatedAtMs >= UPDATE_EVERY_MS) {
            updatedAtMs = atMs;
            record({ type: 'step-updated', atMs, name, text, ...(split === undefined ? {} : { split }) });
          }
          inner.update(text, split);
        },
        done(text) {
          end('step-done', text ?? '');
          inner.done(text);
        },
        fail(text) {
          end('step-failed', text);
          inner.fail(text);
        },
      };
    },
  };
}
