/** P10 d and f: when bad canaries are stopped, and one false stop again from its beginning. */
import { scaleLinear } from 'd3-scale';
import { curveStepAfter, line } from 'd3-shape';
import { formatDeclared, formatShare } from '../../model/figures.ts';
import type { ReleaseSummary, ReplayedRelease } from '../../model/simulation/release-figures.ts';
import { type Frame, valueAxis } from '../charts/chart-axes.ts';
import { html, type Markup, px } from '../markup.ts';

const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;

export interface NamedSummary {
  readonly name: 'today' | 'recommended';
  readonly summary: ReleaseSummary;
}

function secondsAxis(x: ReturnType<typeof scaleLinear<number, number>>, frame: Frame, count: number): Markup {
  return html`<line class="axis" x1=${frame.left} x2=${frame.right} y1=${frame.bottom} y2=${frame.bottom} />
    ${x.ticks(count).map((tick) => html`<line class="axis" x1=${px(x(tick))} x2=${px(x(tick))} y1=${frame.bottom} y2=${frame.bottom + 5} /><text class="tick" x=${px(x(tick))} y=${frame.bottom + 18} text-anchor="middle">${seconds(tick)}</text>`)}`;
}

/** Share of all releases of a bad canary that were stopped by then. */
export function drawStopTimes(all: readonly NamedSummary[], width: number): Markup {
  const frame: Frame = { left: 56, right: width - 18, top: 14, bottom: 204 };
  const latest = Math.max(...all.flatMap(({ summary }) => summary.stoppedBy.map(({ ms }) => ms)), 1000);
  const x = scaleLinear([0, latest * 1.05], [frame.left, frame.right]);
  const y = scaleLinear([0, 1], [frame.bottom, frame.top]);
  return html`<svg class="chart" viewBox=${`0 0 ${width} 236`} role="img" aria-label="Share of bad canaries that were stopped, by time; the table below holds the same data">
    ${valueAxis(y, frame, [0, 0.5, 1], (value) => formatDeclared(value))}
    ${secondsAxis(x, frame, width < 600 ? 4 : 10)}
    ${all.map(({ name, summary }) => {
      const last = summary.stoppedBy.at(-1);
      const steps = [
        { ms: 0, share: 0 },
        ...summary.stoppedBy,
        ...(last ? [{ ms: latest * 1.05, share: last.share }] : []),
      ];
      const path = line<{ ms: number; share: number }>(
        ({ ms }) => x(ms),
        ({ share }) => y(share),
      )
        .curve(curveStepAfter)
        .digits(1);
      return html`<g class=${`spectrum ${name === 'today' ? 'canary' : 'stable'}`}><path class="curve" d=${path(steps)}><title>${`${name}: ${formatShare(last?.share ?? 0)} stopped`}</title></path></g>`;
    })}</svg>`;
}

/** Weights above, one lane of measurements for each metric below. */
export function drawReplay(replay: ReplayedRelease, width: number): Markup {
  const metrics = [...new Set(replay.measurements.map(({ metric }) => metric))];
  const [left, laneHeight] = [width < 600 ? 96 : 150, 30];
  const lanes = 86;
  const frame: Frame = { left, right: width - 18, top: 14, bottom: lanes + metrics.length * laneHeight };
  const x = scaleLinear([0, Math.max(1000, replay.durationMs) * 1.04], [frame.left, frame.right]);
  const y = scaleLinear([0, 1], [70, frame.top]);
  const steps = [...replay.weights, { atMs: replay.durationMs, share: replay.weights.at(-1)?.share ?? 0 }];
  const path = line<{ atMs: number; share: number }>(
    ({ atMs }) => x(atMs),
    ({ share }) => y(share),
  )
    .curve(curveStepAfter)
    .digits(1);
  const cut = width < 600 ? 12 : 20;
  return html`<svg class="chart" viewBox=${`0 0 ${width} ${frame.bottom + 30}`} role="img" aria-label="One release that was stopped by mistake: weights and measurements; the table below holds the same data">
    ${valueAxis(y, frame, [0, 0.5, 1], (value) => formatDeclared(value))}
    <g class="declared api"><path d=${path(steps)} /></g>
    ${metrics.map((metric, index) => {
      const middle = lanes + (index + 0.5) * laneHeight;
      return html`<text class="tick" x=${left - 8} y=${middle} dy="0.32em" text-anchor="end">${metric.length > cut ? `${metric.slice(0, cut - 1)}…` : metric}</text><line class="grid" x1=${left} x2=${frame.right} y1=${middle} y2=${middle} />
        ${replay.measurements.filter((one) => one.metric === metric).map((one) => html`<g class=${phaseClass(one.phase)}><circle class="sim-dot" r="6" cx=${px(x(one.atMs))} cy=${middle}><title>${`${seconds(one.atMs)}: ${one.phase}, ${wordsOf(one.values)}`}</title></circle></g>`)}`;
    })}
    <path class="limit-line" d=${`M${px(x(replay.durationMs))},${frame.top}V${frame.bottom}`} />
    ${secondsAxis(x, frame, width < 600 ? 3 : 9)}</svg>`;
}

function phaseClass(phase: string): string {
  const classes: Readonly<Record<string, string>> = {
    Successful: 'passed',
    Failed: 'failed',
    Inconclusive: 'inconclusive',
  };
  return classes[phase] ?? 'invalid';
}

export function wordsOf(values: ReplayedRelease['measurements'][number]['values']): string {
  if (values === null) return 'the query failed';
  if (values.length === 0) return 'no series';
  return values.map((value) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value)).join(', ');
}
