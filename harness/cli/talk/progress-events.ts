/** One stream of progress events; terminals, CI logs and `-o ndjson` are readers of it. */
import type { ClaimTold, LiveSplit, Progress } from '../../ports/progress.ts';

/** Times are Unix milliseconds; `id` ties the events of one step together. */
export type ProgressEvent =
  | { readonly type: 'step-started'; readonly atMs: number; readonly id: number; readonly name: string }
  | {
      readonly type: 'step-updated';
      readonly atMs: number;
      readonly id: number;
      readonly name: string;
      readonly text: string;
      readonly split?: LiveSplit;
    }
  | {
      readonly type: 'step-done' | 'step-failed';
      readonly atMs: number;
      readonly id: number;
      readonly name: string;
      readonly text: string;
      readonly durationMs: number;
    }
  | { readonly type: 'note'; readonly atMs: number; readonly text: string }
  | { readonly type: 'claim'; readonly atMs: number; readonly claim: ClaimTold };

/** Told of every event as it happens. */
export interface ProgressReader {
  read(event: ProgressEvent): void;
  /** Stops timers and leaves the stream at the start of a fresh line. */
  close(): void;
}

/** @returns a Progress that tells every reader in turn; what is said of a step after its end is dropped */
export function createProgress(now: () => number, readers: readonly ProgressReader[]): Progress {
  let lastId = 0;
  const tell = (event: ProgressEvent) => {
    for (const reader of readers) reader.read(event);
  };
  return {
    note: (text) => tell({ type: 'note', atMs: now(), text }),
    claim: (claim) => tell({ type: 'claim', atMs: now(), claim }),
    step(name) {
      lastId += 1;
      const id = lastId;
      const startedAtMs = now();
      let ended = false;
      tell({ type: 'step-started', atMs: startedAtMs, id, name });
      const end = (type: 'step-done' | 'step-failed', text: string) => {
        if (ended) return;
        ended = true;
        const atMs = now();
        tell({ type, atMs, id, name, text, durationMs: atMs - startedAtMs });
      };
      return {
        update(text, split) {
          if (ended) return;
          tell({ type: 'step-updated', atMs: now(), id, name, text, ...(split === undefined ? {} : { split }) });
        },
        done: (text = '') => end('step-done', text),
        fail: (text) => end('step-failed', text),
      };
    },
  };
}
