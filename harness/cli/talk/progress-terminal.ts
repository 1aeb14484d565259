/** Progress for people: finished steps stay, running ones are redrawn in place below them. */
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
const UNICODE = { frames: [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'], done: '✔', failed: '✖', note: 'ℹ', cut: '…' };
const ASCII = { frames: [...'-\\|/'], done: '+', failed: 'x', note: 'i', cut: '~' };
const COLOUR = { done: 32, failed: 31, note: 36, dim: 2 };

interface RunningStep {
  readonly name: string;
  readonly startedAtMs: number;
  text: string;
}

/** @returns a reader that redraws until it is closed; `write` gets escape sequences */
export function createTerminalProgress(options: TerminalProgressOptions): ProgressReader {
  const glyphs = options.unicode ? UNICODE : ASCII;
  const running = new Map<number, RunningStep>();
  let drawnLines = 0;
  let frame = 0;

  const paint = (code: number, text: string) => (options.colour ? `\x1b[${code}m${text}\x1b[0m` : text);
  const cut = (text: string) => {
    const room = Math.max(20, options.columns() - 1);
    const letters = [...text];
    return letters.length > room ? `${letters.slice(0, room - 1).join('')}${glyphs.cut}` : text;
  };
  const erase = () => (drawnLines > 0 ? `\x1b[${drawnLines}A\x1b[J` : '');

  function draw(above = ''): void {
    const glyph = glyphs.frames[frame % glyphs.frames.length];
    const lines = [...running.values()].map(({ name, startedAtMs, text }) =>
      cut(
        `${glyph} ${firstLine(name)} ${formatDuration(options.now() - startedAtMs)}${text && `  ${firstLine(text)}`}`,
      ),
    );
    options.write(`${erase()}${above}${lines.map((line) => `${line}\n`).join('')}`);
    drawnLines = lines.length;
  }

  const stopFrames = options.every(FRAME_MS, () => {
    if (running.size === 0) return;
    frame += 1;
    draw();
  });

  /** On as many lines as it has, those after the first indented. */
  const shown = (text: string) => options.clean(text).replaceAll('\n', '\n    ');

  function read(event: ProgressEvent): void {
    switch (event.type) {
      case 'note':
        draw(`${paint(COLOUR.note, glyphs.note)} ${shown(event.text)}\n`);
        break;
      case 'step-started':
        running.set(event.id, { name: options.clean(event.name), startedAtMs: event.atMs, text: '' });
        draw();
        break;
      case 'step-updated': {
        const step = running.get(event.id);
        if (step) step.text = options.clean(event.text); // the next frame shows it
        break;
      }
      case 'step-done':
      case 'step-failed': {
        running.delete(event.id);
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
      running.clear();
    },
  };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
