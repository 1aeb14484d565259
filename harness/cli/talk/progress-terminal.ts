/** Progress for people: finished steps stay; claims and running steps are redrawn in place below them. */
import { liveLines } from '../live/live-lines.ts';
import { createLiveFold } from '../live/live-run.ts';
import { formatDuration } from './format-duration.ts';
import type { ProgressEvent, ProgressReader } from './progress-events.ts';

/** The terminal as it is now: its width, what it can show, and a clock (Unix milliseconds). */
export interface TerminalProgressOptions {
  /** Gets escape sequences of ours. */
  write(text: string): void;
  /** What foreign text must go through before it is written among them. */
  clean(text: string): string;
  columns(): number;
  now(): number;
  every(intervalMs: number, callback: () => void): () => void;
  readonly colour: boolean;
  readonly unicode: boolean;
}

const FRAME_MS = 120;
const UNICODE = {
  ...{ frames: [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'], done: '✔', failed: '✖', note: 'ℹ', cut: '…' },
  ...{ waiting: '·', undecided: '?' },
};
const ASCII = {
  ...{ frames: [...'-\\|/'], done: '+', failed: 'x', note: 'i', cut: '~' },
  ...{ waiting: '.', undecided: '?' },
};
const COLOUR = { done: 32, failed: 31, note: 36, dim: 2 };

/** @returns a reader that redraws until it is closed; `write` gets escape sequences */
export function createTerminalProgress(options: TerminalProgressOptions): ProgressReader {
  const glyphs = options.unicode ? UNICODE : ASCII;
  const live = createLiveFold();
  let active = false;
  let drawnLines = 0;
  let frame = 0;

  const paint = (code: number, text: string) => (options.colour ? `\x1b[${code}m${text}\x1b[0m` : text);
  const erase = () => (drawnLines > 0 ? `\x1b[${drawnLines}A\x1b[J` : '');

  function draw(above = ''): void {
    const running = glyphs.frames[frame % glyphs.frames.length] ?? '';
    const look = { nowMs: options.now(), columns: options.columns(), glyphs: { ...glyphs, running }, paint };
    const lines = active ? liveLines(live.run, look) : [];
    options.write(`${erase()}${above}${lines.map((line) => `${line}\n`).join('')}`);
    drawnLines = lines.length;
  }

  const stopFrames = options.every(FRAME_MS, () => {
    if (!active) return;
    frame += 1;
    draw();
  });

  /** On as many lines as it has, those after the first indented. */
  const shown = (text: string) => options.clean(text).replaceAll('\n', '\n    ');

  /** Foreign words are cleaned before they are kept. */
  const cleaned = (event: ProgressEvent): ProgressEvent => {
    const { clean } = options;
    if (event.type === 'note') return event;
    if (event.type === 'claim') {
      const { claim } = event;
      return { ...event, claim: { ...claim, id: clean(claim.id), title: clean(claim.title) } };
    }
    const name = clean(event.name);
    if (event.type !== 'step-updated') return { ...event, name };
    const { split } = event;
    return {
      ...{ ...event, name, text: clean(event.text) },
      ...(split === undefined ? {} : { split: { ...split, title: clean(split.title) } }),
    };
  };

  function read(event: ProgressEvent): void {
    live.add(cleaned(event));
    switch (event.type) {
      case 'note':
        draw(`${paint(COLOUR.note, glyphs.note)} ${shown(event.text)}\n`);
        break;
      case 'claim':
      case 'step-started':
        active = true;
        draw();
        break;
      case 'step-updated':
        break; // the next frame shows it
      case 'step-done':
      case 'step-failed': {
        const [glyph, colour] =
          event.type === 'step-done' ? [glyphs.done, COLOUR.done] : [glyphs.failed, COLOUR.failed];
        const time = paint(COLOUR.dim, formatDuration(event.durationMs));
        draw(`${paint(colour, glyph)} ${shown(event.name)} ${time}${event.text && `  ${shown(event.text)}`}\n`);
        break;
      }
    }
  }

  return {
    read,
    close() {
      stopFrames();
      options.write(erase());
      drawnLines = 0;
      active = false;
    },
  };
}
