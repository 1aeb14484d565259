/** P10 b and c: windows by limits as a heat map, and what nothing beats. */
import { scaleLinear, scaleSqrt } from 'd3-scale';
import { formatDecimal, formatShare } from '../../model/figures.ts';
import type { CandidatePoint, HeatCell, Recommendation } from '../../model/simulation/recommendation.ts';
import { type Frame, valueAxis } from '../charts/chart-axes.ts';
import { formatMs } from '../charts/latency-scale.ts';
import { html, type Markup, px } from '../markup.ts';

const LEVELS = 6;

/** Cells in shades of bad answers; those that stop too many good canaries are hatched by a border. */
export function drawSearchHeat({ heat, limits }: Recommendation, width: number): Markup {
  const windows = [...new Set(heat.map(({ windowMs }) => windowMs))];
  const failureLimits = [...new Set(heat.map(({ failureLimit }) => failureLimit))].sort((a, b) => a - b);
  const [left, top, height] = [64, 8, 46];
  const cellWidth = (width - left - 8) / windows.length;
  const most = Math.max(...heat.map(({ badAnswers }) => badAnswers), 1e-9);
  const cell = ({ windowMs, failureLimit, badAnswers, falseStop }: HeatCell) => {
    const x = left + windows.indexOf(windowMs) * cellWidth;
    const y = top + failureLimits.indexOf(failureLimit) * height;
    const level = Math.max(1, Math.ceil((badAnswers / most) * LEVELS));
    const isFalse = falseStop > limits.maxFalse;
    return html`<g><rect class=${`sim-cell h${level}${isFalse ? ' false' : ''}`} x=${px(x + 2)} y=${y + 2} width=${px(cellWidth - 4)} height=${height - 4}><title>${`window ${formatMs(windowMs)}, failureLimit ${failureLimit}: ${formatDecimal(badAnswers)} bad answers, ${formatShare(falseStop)} good canaries stopped`}</title></rect>
      <text class="sim-cell-text" x=${px(x + cellWidth / 2)} y=${y + 20} text-anchor="middle">${formatDecimal(badAnswers)}</text><text class="sim-cell-text" x=${px(x + cellWidth / 2)} y=${y + 36} text-anchor="middle">${isFalse ? '✗ ' : '✓ '}${formatShare(falseStop)}</text></g>`;
  };
  const bottom = top + failureLimits.length * height;
  return html`<svg class="chart" viewBox=${`0 0 ${width} ${bottom + 44}`} role="img" aria-label="Bad answers and false stops by window and failureLimit; the table below holds the same data">
    ${failureLimits.map((limit, index) => html`<text class="tick" x=${left - 8} y=${top + index * height + height / 2} dy="0.32em" text-anchor="end">limit ${limit}</text>`)}
    ${heat.map(cell)}
    ${windows.map((windowMs, index) => html`<text class="tick" x=${px(left + (index + 0.5) * cellWidth)} y=${bottom + 18} text-anchor="middle">${formatMs(windowMs)}</text>`)}
    <text class="tick" x=${width - 8} y=${bottom + 36} text-anchor="end">window</text></svg>`;
}

/** False stops to the right, bad answers upwards; longer releases have larger dots. */
export function drawFront({ front, today, recommended, limits }: Recommendation, width: number): Markup {
  const frame: Frame = { left: 56, right: width - 30, top: 26, bottom: 224 };
  const points = front.map((point) => ({ point, kind: 'front' }));
  const own = (figures: Recommendation['today'], kind: string) => ({
    kind,
    point: {
      changes: [kind],
      falseStop: figures.falseStop,
      miss: figures.miss,
      badAnswers: figures.bad.badAnswers,
      durationMs: figures.good.duration?.q50.ms ?? 0,
    } satisfies CandidatePoint,
  });
  const all = [...points, own(today, 'today'), ...(recommended ? [own(recommended, 'recommended')] : [])];
  const x = scaleSqrt(
    [0, Math.max(...all.map(({ point }) => point.falseStop.p), limits.maxFalse * 2)],
    [frame.left, frame.right],
  );
  const y = scaleLinear(
    [0, Math.max(...all.map(({ point }) => point.badAnswers), 1e-9)],
    [frame.bottom, frame.top],
  ).nice();
  const longest = Math.max(...all.map(({ point }) => point.durationMs), 1);
  const trackOf = (kind: string) => (kind === 'recommended' ? 'stable' : kind === 'today' ? 'canary' : 'other');
  const ticks = x.ticks(width < 600 ? 3 : 6);
  return html`<svg class="chart" viewBox=${`0 0 ${width} 272`} role="img" aria-label="Policies that nothing beats, by false stops and bad answers; the table below holds the same data">
    <text class="tick" x="4" y="12">bad answers a release</text>
    ${valueAxis(y, frame, y.ticks(5), (value) => formatDecimal(value))}
    <line class="axis" x1=${frame.left} x2=${frame.right} y1=${frame.bottom} y2=${frame.bottom} />
    ${ticks.map((tick) => html`<text class="tick" x=${px(x(tick))} y=${frame.bottom + 18} text-anchor="middle">${formatShare(tick)}</text>`)}
    <text class="tick" x=${frame.right} y=${frame.bottom + 38} text-anchor="end">good canaries stopped</text>
    <path class="limit-line" d=${`M${px(x(limits.maxFalse))},${frame.top}V${frame.bottom}`} />
    ${all.map(({ point, kind }) => html`<g class=${`spectrum ${trackOf(kind)}`}><circle class="dot" r=${px(4 + (4 * point.durationMs) / longest)} cx=${px(x(point.falseStop.p))} cy=${px(y(point.badAnswers))}><title>${`${point.changes.join(', ') || 'today'}: ${formatShare(point.falseStop.p)} stopped, ${formatDecimal(point.badAnswers)} bad answers`}</title></circle></g>`)}</svg>`;
}
