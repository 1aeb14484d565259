/** P2: what happened, one lane per source, on the time axis of the chart above it. */
import { formatClock } from '../model/figures.ts';
import type { TimelineReport } from '../model/run-report.ts';
import type { Frame } from './chart-axes.ts';
import { html, type Markup, px } from './markup.ts';

const LABEL_PX_PER_CHARACTER = 6.1;
const LANE_NAME_CHARACTERS = 15;

/** Lanes in the order of their first event. */
export function laneNames(timeline: TimelineReport): readonly string[] {
  const inTime = timeline.events.toSorted((a, b) => a.atMs - b.atMs);
  return [...new Set(inTime.map((event) => event.lane))];
}

export function eventLanes(
  timeline: TimelineReport,
  lanes: readonly string[],
  x: (ms: number) => number,
  frame: Frame,
  narrow: boolean,
): Markup {
  const laneHeight = narrow ? 36 : 26;
  return lanes.map((lane, index) => {
    const y = frame.bottom + 28 + index * laneHeight + (narrow ? 26 : 13);
    const events = timeline.events.filter((event) => event.lane === lane).toSorted((a, b) => a.atMs - b.atMs);
    return html`<g class="lane"><line class="grid" x1=${frame.left} x2=${frame.right} y1=${y} y2=${y} />
      <text class="tick" x=${narrow ? frame.left : frame.left - 10} y=${narrow ? y - 11 : y} dy=${narrow ? '0' : '0.32em'} text-anchor=${narrow ? 'start' : 'end'}>${short(lane, LANE_NAME_CHARACTERS)}</text>
      ${events.map((event, position) => {
        const at = x(event.atMs);
        const next = events[position + 1];
        const room = (next === undefined ? frame.right : x(next.atMs)) - at - 12;
        const fits = !narrow && event.label.length * LABEL_PX_PER_CHARACTER <= room;
        const text = [formatClock(event.atMs, true), lane, event.label, event.detail].filter(
          (part) => part !== undefined,
        );
        return html`<g class="event"><title>${text.join(' · ')}</title><path class="mark" d="M0,-6L5,0L0,6L-5,0Z" transform=${`translate(${px(at)},${y})`} data-t=${event.atMs} data-near="1" data-s=${lane} data-v=${event.label} />
          ${fits ? html`<text class="event-label" x=${px(at + 9)} y=${y} dy="0.32em">${event.label}</text>` : null}</g>`;
      })}</g>`;
  });
}

function short(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters - 1)}…`;
}
