/** When each of several policies stops a bad canary: the median and what comes after it, on one axis of time. */
import { scaleLog } from 'd3-scale';
import { formatDecimal, formatShare } from '../../model/figures.ts';
import type { ReleaseSummary } from '../../model/simulation/release-figures.ts';
import type { SimulatedPolicy } from '../../model/simulation/side-by-side.ts';
import { html, type Markup, px, shortenMiddle } from '../markup.ts';

/** One policy, or what is recommended in its place. */
interface StopRange {
  readonly policy: string;
  readonly isRecommended: boolean;
  readonly bad: ReleaseSummary;
}

const ROW = 44;
const TOP = 8;

/** With a recommendation both stand on its fresh seed, so that they met the same releases. */
export function stopRangesOf(simulated: readonly SimulatedPolicy[]): readonly StopRange[] {
  return simulated.flatMap(({ policy, document: { bad, recommendation } }) => {
    const today = recommendation?.today.bad ?? bad;
    const recommended = recommendation?.recommended?.bad;
    return [
      ...(today ? [{ policy, isRecommended: false, bad: today }] : []),
      ...(recommended ? [{ policy, isRecommended: true, bad: recommended }] : []),
    ];
  });
}

/** Times in seconds on a logarithmic axis: policies differ by factors. */
export function drawStopRanges(ranges: readonly StopRange[], width: number): Markup {
  const seconds = ranges.flatMap(({ bad }) => timesOf(bad));
  const [left, right] = [10, width - 10];
  const bottom = TOP + ranges.length * ROW;
  const x = scaleLog(
    [Math.min(...seconds, 60) / 1.2, Math.max(...seconds, 61) * 1.2].map((one) => Math.max(one, 0.1)),
    [left, right],
  );
  const round = x.ticks().filter((tick) => /^[125]/.test(tick.toExponential()));
  const ticks = round.length > 2 ? round : x.ticks().filter((_, index) => width > 600 || index % 2 === 0);
  return html`<svg class="chart sim-ranges" viewBox=${`0 0 ${width} ${bottom + 44}`} role="img" aria-label="Time from the fault until each policy stops the bad canary; the table below holds the same data">
    ${ticks.map((tick) => html`<line class="grid" x1=${px(x(tick))} x2=${px(x(tick))} y1=${TOP} y2=${bottom} /><text class="tick" x=${px(x(tick))} y=${bottom + 16} text-anchor="middle">${formatDecimal(tick, 0)}</text>`)}
    <text class="tick" x=${right} y=${bottom + 36} text-anchor="end">seconds after the fault</text>
    ${ranges.map((range, index) => oneRange(range, TOP + index * ROW, x, width))}</svg>`;
}

function oneRange(range: StopRange, top: number, x: (seconds: number) => number, width: number): Markup {
  const [median, late] = timesOf(range.bad);
  const y = top + 31;
  const name = shortenMiddle(range.policy, width < 600 ? 26 : 60);
  return html`<g class=${`spectrum ${range.isRecommended ? 'stable' : 'canary'}`}><text class="event-label" x="10" y=${top + 16}>${name}${range.isRecommended ? ', recommended' : ''}</text><text class="event-label sim-said" x=${width - 10} y=${top + 16} text-anchor="end">${saidOf(range.bad, width)}</text>
    ${median === undefined || late === undefined ? null : html`<line class="sim-range" x1=${px(x(median))} x2=${px(x(late))} y1=${y} y2=${y} /><circle class="dot" r="5" cx=${px(x(median))} cy=${y} />`}</g>`;
}

function saidOf(bad: ReleaseSummary, width: number): string {
  const never = bad.promoted.p + bad.stuck.p;
  const rest = never === 0 ? '' : `${formatShare(never)} never`;
  const [median, late] = timesOf(bad);
  if (median === undefined || late === undefined) return 'never';
  const times = width < 600 ? '' : `${formatDecimal(median, 0)} s, 95 % of them within ${formatDecimal(late, 0)} s`;
  return [times, rest].filter((part) => part !== '').join('; ');
}

/** Median and 95 % quantile of those that are stopped, in seconds; empty where none is. */
function timesOf({ timeToStop }: ReleaseSummary): readonly number[] {
  return timeToStop ? [timeToStop.q50, timeToStop.q95].map(({ ms }) => Math.max(ms / 1000, 0.1)) : [];
}
