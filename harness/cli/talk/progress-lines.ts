/** Progress for logs: one timestamped line per event, and a heartbeat so that nobody takes a long step for a hang. */
import { progressInWords } from '../live/live-lines.ts';
import { createLiveFold } from '../live/live-run.ts';
import { formatDuration } from './format-duration.ts';
import type { ProgressEvent, ProgressReader } from './progress-events.ts';

const HEARTBEAT_MS = 30_000;

/** Where the lines go, and the clock that they are stamped with (Unix milliseconds). */
export interface LineProgressOptions {
  write(text: string): void;
  now(): number;
  every(intervalMs: number, callback: () => void): () => void;
  /** Shows each update as a line of its own. */
  readonly verbose: boolean;
}

interface RunningStep {
  readonly name: string;
  readonly startedAtMs: number;
  text: string;
}

/** @returns a reader with a heartbeat of 30 s, until it is closed: how far the claims are, and each step that still runs */
export function createLineProgress(options: LineProgressOptions): ProgressReader {
  const running = new Map<number, RunningStep>();
  const live = createLiveFold();
  const line = (atMs: number, text: string) =>
    options.write(`${new Date(atMs).toISOString().slice(0, 19)}Z ${text.replaceAll('\n', '\n    ')}\n`);
  const stopHeartbeat = options.every(HEARTBEAT_MS, () => {
    const atMs = options.now();
    if (live.run.claims.length > 0 && running.size > 0) line(atMs, `claims ${progressInWords(live.run, atMs)}`);
    for (const { name, startedAtMs, text } of running.values())
      line(atMs, `still  ${name} (${formatDuration(atMs - startedAtMs)})${text && `: ${text}`}`);
  });
  function read(event: ProgressEvent): void {
    live.add(event);
    switch (event.type) {
      case 'claim':
        if (event.claim.state === 'running') line(event.atMs, `claim  ${event.claim.id}: ${event.claim.title}`);
        break;
      case 'note':
        line(event.atMs, `note   ${event.text}`);
        break;
      case 'step-started':
        running.set(event.id, { name: event.name, startedAtMs: event.atMs, text: '' });
        line(event.atMs, `start  ${event.name}`);
        break;
      case 'step-updated': {
        const step = running.get(event.id);
        if (step) step.text = event.text;
        if (options.verbose) line(event.atMs, `       ${event.name}: ${event.text}`);
        break;
      }
      case 'step-done':
      case 'step-failed': {
        running.delete(event.id);
        const word = event.type === 'step-done' ? 'done  ' : 'failed';
        line(
          event.atMs,
          `${word} ${event.name} (${formatDuration(event.durationMs)})${event.text && `: ${event.text}`}`,
        );
        break;
      }
    }
  }
  return { read, close: stopHeartbeat };
}
