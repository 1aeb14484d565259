/** Axes and the hatch that all charts share. */
import type { ScaleLinear, ScaleTime } from 'd3-scale';
import { formatClock } from '../../model/figures.ts';
import { html, type Markup, px } from '../markup.ts';

export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Horizontal grid lines with labels at the left. */
export function valueAxis(
  scale: ScaleLinear<number, number>,
  frame: Frame,
  ticks: readonly number[],
  label: (value: number) => string,
): Markup {
  return ticks.map((tick) => {
    const y = px(scale(tick));
    return html`<line class="grid" x1=${frame.left} x2=${frame.right} y1=${y} y2=${y} /><text class="tick" x=${frame.left - 8} y=${y} dy="0.32em" text-anchor="end">${label(tick)}</text>`;
  });
}

export function timeAxis(scale: ScaleTime<number, number>, frame: Frame, count: number): Markup {
  const [from, to] = scale.domain() as [Date, Date];
  const subSecond = to.getTime() - from.getTime() < 3000;
  return html`<line class="axis" x1=${frame.left} x2=${frame.right} y1=${frame.bottom} y2=${frame.bottom} />
    ${scale.ticks(count).map((tick) => {
      const x = px(scale(tick));
      return html`<line class="axis" x1=${x} x2=${x} y1=${frame.bottom} y2=${frame.bottom + 5} /><text class="tick" x=${x} y=${frame.bottom + 18} text-anchor="middle">${formatClock(tick.getTime(), subSecond)}</text>`;
    })}`;
}

/** Attributes by which the page's script finds the time axis of a chart. */
export function timeAttributes(scale: ScaleTime<number, number>, frame: Frame): Record<string, string | number> {
  const [from, to] = scale.domain() as [Date, Date];
  return {
    'data-from': from.getTime(),
    'data-to': to.getTime(),
    'data-left': frame.left,
    'data-right': frame.right,
    'data-top': frame.top,
    'data-bottom': frame.bottom,
  };
}

/** Red diagonal hatch: "the evidence contradicts the declaration here". */
export function violationHatch(id: string): Markup {
  return html`<pattern id=${id} width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-ground" width="7" height="7" /><line class="hatch" x1="0" y1="0" x2="0" y2="7" /></pattern>`;
}
