/** What a ledger adds to the traffic timeline: lag brackets, stretches found in the data alone, and rollout steps. */
import { formatCount, formatDuration, formatInstant, formatInterval, formatShare } from '../../model/figures.ts';
import { readPropagation } from '../../model/ledger-reading.ts';
import type { LedgerReport } from '../../model/ledger-report.ts';
import { PATH_TITLE } from '../../model/outcome-words.ts';
import type { TimelineReport } from '../../model/run-report.ts';
import { html, type Markup, px } from '../markup.ts';
import type { Frame } from './chart-axes.ts';

type Scale = (value: number) => number;
const LABEL_PX_PER_CHARACTER = 7;
const STRIP = 20;

export interface Strips {
  readonly steps: number;
  readonly brackets: number;
}

/** Room above the plot. */
export function stripsOf(timeline: TimelineReport, ledger: LedgerReport | undefined): Strips {
  return {
    steps: (timeline.steps ?? []).length > 0 ? STRIP : 0,
    brackets: ledger !== undefined && ledger.changes.length > 0 ? STRIP : 0,
  };
}

/** A dotted line where each step began, named above the plot as far as there is room. */
export function stepLines(
  timeline: TimelineReport,
  x: Scale,
  frame: Frame,
  topOfStrip: number,
  narrow: boolean,
): Markup {
  const steps = (timeline.steps ?? []).toSorted((a, b) => a.atMs - b.atMs);
  return steps.map((step, index) => {
    const at = x(step.atMs);
    const room = x(steps[index + 1]?.atMs ?? Number.NaN) - at;
    const end = Number.isNaN(room) ? frame.right - at + 8 : room;
    const label = narrow ? step.label.replace(/^setWeight /, '') : step.label;
    const fits = label.length * LABEL_PX_PER_CHARACTER + 4 <= end;
    return html`<g class="step"><title>${`${formatInstant(step.atMs)}: ${step.label}`}</title><line x1=${px(at)} x2=${px(at)} y1=${topOfStrip + 2} y2=${frame.bottom} />
      ${fits ? html`<text class="tick" x=${px(at + 4)} y=${topOfStrip + 11}>${label}</text>` : null}</g>`;
  });
}

/** From the write of each declared change to the moment when clients got it. */
export function lagBrackets(ledger: LedgerReport, x: Scale, frame: Frame, span: readonly [number, number]): Markup {
  const y = frame.top - STRIP + 6;
  const changes = ledger.changes.filter(({ declaredAtMs }) => declaredAtMs >= span[0] && declaredAtMs <= span[1]);
  return changes.map((change, index) => {
    const { observedMs, slowestMs, silent } = readPropagation(change);
    const lagMs = observedMs ?? slowestMs;
    const from = x(change.declaredAtMs);
    const to = lagMs === undefined ? from : Math.min(frame.right, x(change.declaredAtMs + lagMs));
    const next = changes[index + 1];
    const label = lagMs === undefined ? 'never' : formatDuration(lagMs);
    const room = (next === undefined ? frame.right + 12 : x(next.declaredAtMs)) - to - 8;
    const title = `${formatShare(change.fromShare)} to ${formatShare(change.toShare)}: clients followed after ${lagMs === undefined ? 'no time that was seen' : formatDuration(lagMs)}${silent > 0 ? `; ${silent} proxies never acknowledged` : ''}`;
    return html`<g class=${silent > 0 || lagMs === undefined ? 'lag bad' : 'lag'}><title>${title}</title><path d=${`M${px(from)},${y + 7}V${y}H${px(Math.max(to, from + 1.5))}V${y + 7}`} />
      ${label.length * LABEL_PX_PER_CHARACTER <= room ? html`<text class="tick" x=${px(to + 5)} y=${y + 4} dy="0.32em">${label}</text>` : null}</g>`;
  });
}

/** A stretch of constant share is a line in its interval; an undeclared one is red and says its share. */
export function segmentMarks(
  ledger: LedgerReport,
  x: Scale,
  y: Scale,
  frame: Frame,
  span: readonly [number, number],
): Markup {
  const shown = ledger.segments.filter(({ startMs, endMs }) => endMs > span[0] && startMs < span[1]);
  return shown.map((segment) => {
    const left = Math.max(frame.left, x(segment.startMs));
    const right = Math.min(frame.right, x(segment.endMs));
    const undeclared = segment.declaredShare === undefined;
    const level = y(segment.share);
    const label = `${formatShare(segment.share)} undeclared`;
    const named = undeclared && (frame.right - frame.left > 600 || right - left > 8);
    const fits = right + 8 + label.length * LABEL_PX_PER_CHARACTER <= frame.right;
    const title = `${PATH_TITLE[segment.path]}, found in the data alone: ${formatShare(segment.share)} ${formatInterval(segment)}, n ${formatCount(segment.n)}${undeclared ? ', at no declared level' : ''}`;
    return html`<g class=${`segment ${segment.path} ${undeclared ? 'undeclared' : ''}`}><title>${title}</title>
      <rect x=${px(left)} width=${px(Math.max(1, right - left))} y=${px(y(segment.high))} height=${px(Math.max(1, y(segment.low) - y(segment.high)))} />
      <line x1=${px(left)} x2=${px(right)} y1=${px(level)} y2=${px(level)} />
      ${named ? html`<text class="event-label" x=${px(fits ? right + 5 : frame.right - 2)} y=${px(fits ? level : level - 10)} dy="0.32em" text-anchor=${fits ? 'start' : 'end'}>${label}</text>` : null}</g>`;
  });
}
