/** Remembers how long every top-level step took, for the appendix. */
import type { RunReport } from '../../reports/model/run-report.ts';
import type { Progress } from '../ports/progress.ts';

/** @param steps one entry is added for each step that ends */
export function withTimedSteps(
  progress: Progress,
  steps: RunReport['appendix']['phases'],
  now: () => number,
): Progress {
  return {
    note: (text) => progress.note(text),
    claim: (told) => progress.claim?.(told),
    step(name) {
      const startedAt = now();
      const inner = progress.step(name);
      const end = () => steps.push({ name, startedAt, durationMs: now() - startedAt });
      return {
        update: (text, split) => inner.update(text, split),
        done(text) {
          end();
          inner.done(text);
        },
        fail(text) {
          end();
          inner.fail(text);
        },
      };
    },
  };
}
