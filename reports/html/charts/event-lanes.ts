/** P2: what happened, one lane per source, on the time axis of the chart above it. */
import { formatClock } from '../../model/figures.ts';
import { html, type Markup, px, shortenMiddle } from '../markup.ts';
import type { Frame } from './chart-axes.ts';
import type { LaneEvent } from './timeline-lanes.ts';

const LABEL_PX_PER_CHARACTER = 6.4;
const LANE_NAME_CHARACTERS = 22;
const AXIS_HEIGHT = 28;
const WIDE_LANE = 26;
const NARROW_LANE = 36;

export function lanesHeight(lanes: number, narrow: boolean): number {
  return lanes * (narrow ? NARROW_LANE : WIDE_LANE) + 6;
}

export function eventLanes(
  all: readonly LaneEvent[],
  lanes: readonly string[],
  x: (ms: number) => number,
  frame: Frame,
  narrow: boolean,
): Markup {
  const laneHeight = narrow ? NARROW_LANE : WIDE_LANE;
  return lanes.map((lane, index) => {
    const y = frame.bottom + AXIS_HEIGHT + index * laneHeight + (narrow ? 26 : 13);
    const events = all.filter((event) => event.lane === lane).toSorted((a, b) => a.atMs - b.atMs);
    return html`<g class="lane"><line class="grid" x1=${frame.left} x2=${frame.right} y1=${y} y2=${y} />
      <text class="tick" x=${narrow ? frame.left : frame.left - 10} y=${narrow ? y - 11 : y} dy=${narrow ? '0' : '0.32em'} text-anchor=${narrow ? 'start' : 'end'}><title>${lane}</title>${shortenMiddle(lane, narrow ? 40 : LANE_NAME_CHARACTERS)}</text>
      ${events.map((event, position) => oneEvent(event, events[position + 1], x, y, frame, narrow))}</g>`;
  });
}

function oneEvent(
  event: LaneEvent,
  next: LaneEvent | undefined,
  x: (ms: number) => number,
  y: number,
  frame: Frame,
  narrow: boolean,
): Markup {
  const at = x(event.atMs);
  const width = event.label.length * LABEL_PX_PER_CHARACTER;
  const fits = !narrow && width <= (next === undefined ? frame.right : x(next.atMs)) - at - 16;
  const text = [formatClock(event.atMs, true), event.lane, event.label, event.detail].filter(
    (part) => part !== undefined && part !== '',
  );
  return html`<g class=${`event ${event.sign}`}><title>${text.join(' · ')}</title><g transform=${`translate(${px(at)},${y})`}>${eventMark(event)}</g>
    ${fits ? html`<text class="event-label" x=${px(at + 10)} y=${y} dy="0.32em">${event.label}</text>` : null}</g>`;
}

/** Signs differ by shape: diamond, square, tick, triangle, and circles that hold a check, a cross or a question mark. */
function eventMark(event: LaneEvent): Markup {
  const data = { 'data-t': event.atMs, 'data-near': '1', 'data-s': event.lane, 'data-v': event.label };
  switch (event.sign) {
    case 'write':
      return html`<path class="mark" d="M-5,-5H5V5H-5Z" ...${data} />`;
    case 'acknowledged':
      return html`<path class="mark" d="M-2.2,-8H2.2V8H-2.2Z" ...${data} />`;
    case 'fault':
      return html`<path class="mark" d="M0,-7L7,6H-7Z" ...${data} />`;
    case 'event':
      return html`<path class="mark" d="M0,-6L5,0L0,6L-5,0Z" ...${data} />`;
    default:
      return html`<circle class="mark" r="7.5" ...${data} />${signPath(event.sign)}`;
  }
}

export function signPath(sign: 'good' | 'bad' | 'unknown'): Markup {
  if (sign === 'good') return html`<path class="sign" d="M-3.4,0.2L-1,2.8L3.6,-2.8" />`;
  if (sign === 'bad') return html`<path class="sign" d="M-2.8,-2.8L2.8,2.8M-2.8,2.8L2.8,-2.8" />`;
  return html`<path class="sign" d="M-2.4,-2.2A2.4,2.2 0 1,1 0.6,0.4Q0,0.9 0,1.7M0,3.9V4.1" />`;
}
