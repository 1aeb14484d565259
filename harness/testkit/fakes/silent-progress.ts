/** Progress that keeps what it was told. */
import type { Progress } from '../../ports/progress.ts';

export interface SilentProgress extends Progress {
  readonly told: readonly string[];
}

export function createSilentProgress(): SilentProgress {
  const told: string[] = [];
  return {
    told,
    note: (text) => void told.push(`note ${text}`),
    step(name) {
      told.push(`start ${name}`);
      return {
        update: (text) => void told.push(`update ${name}: ${text}`),
        done: (text) => void told.push(`done ${name}: ${text ?? ''}`),
        fail: (text) => void told.push(`fail ${name}: ${text}`),
      };
    },
  };
}
