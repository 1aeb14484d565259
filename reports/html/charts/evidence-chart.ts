/** P4: how the evidence of one split grew, request by request, until a line was crossed. */
import { type ScaleLinear, scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { formatCount, formatDecimal } from '../../model/figures.ts';
import type { SplitReport } from '../../model/run-report.ts';
import { acceptLine, type EvidencePoint, sidesCoincide, thinTrajectory } from '../../model/split-reading.ts';
import { html, type Markup, px } from '../markup.ts';
import { type Frame, valueAxis, violationHatch } from './chart-axes.ts';

export function drawEvidence(split: SplitReport, width: number, id: string, limit: number): Markup {
  const narrow = width < 420;
  const frame: Frame = { left: 40, right: width - 12, top: 26, bottom: 246 };
  const points = thinTrajectory(split.trajectory, narrow ? limit / 2 : limit);
  const accept = -acceptLine(split);
  const last = points.at(-1);
  const reach = Math.max(split.samples, last?.n ?? 0, split.fixedSampleSize, 1);
  const x = scaleLinear([0, reach], [frame.left, frame.right]);
  const y = scaleLinear(valueDomain(points, split.failLogE, accept), [frame.bottom, frame.top]).clamp(true);
  const lines = [
    { name: 'accept high', value: (point: EvidencePoint) => point.logLambdaHigh },
    ...(sidesCoincide(split) ? [] : [{ name: 'accept low', value: (point: EvidencePoint) => point.logLambdaLow }]),
    { name: 'against', value: (point: EvidencePoint) => point.logE },
  ];
  return html`<svg class="chart evidence" viewBox=${`0 0 ${width} 290`} role="img" aria-label=${`${split.title}: evidence against requests; the table below holds the same data`}>
    <defs>${violationHatch(`${id}-hatch`)}</defs>
    <rect class="refuted" fill=${`url(#${id}-hatch)`} x=${frame.left} y=${frame.top} width=${frame.right - frame.left} height=${px(Math.max(0, y(split.failLogE) - frame.top))} />
    <rect class="accepted" x=${frame.left} y=${px(y(accept))} width=${frame.right - frame.left} height=${px(Math.max(0, frame.bottom - y(accept)))} />
    ${valueAxis(y, frame, y.ticks(6), (tick) => formatDecimal(tick, 0))}
    ${requestAxis(x, frame, narrow ? 3 : 5)}
    <line class="limit fail" x1=${frame.left} x2=${frame.right} y1=${px(y(split.failLogE))} y2=${px(y(split.failLogE))} /><text class="limit-label" x=${frame.right - 4} y=${px(y(split.failLogE) - 5)} text-anchor="end">refuted above ${formatDecimal(split.failLogE)}</text>
    <line class="limit pass" x1=${frame.left} x2=${frame.right} y1=${px(y(accept))} y2=${px(y(accept))} /><text class="limit-label" x=${frame.right - 4} y=${px(y(accept) + 14)} text-anchor="end">accepted below ${formatDecimal(accept)}</text>
    ${lines.map(({ name, value }) => {
      const path = line<EvidencePoint>(
        (point) => x(point.n),
        (point) => y(value(point)),
      ).digits(1);
      return html`<path class=${`evidence-line ${name}`} d=${path(points)} />`;
    })}
    ${last === undefined ? null : stopPoint(split, last, x, y, frame)}
  </svg>`;
}

function valueDomain(points: readonly EvidencePoint[], fail: number, accept: number): [number, number] {
  let low = accept;
  let high = fail;
  for (const point of points) {
    low = Math.min(low, point.logLambdaHigh, point.logLambdaLow);
    high = Math.max(high, point.logE);
  }
  const span = fail - accept;
  return [Math.max(low, accept - span * 0.6) - span * 0.12, Math.min(high, fail + span * 0.5) + span * 0.14];
}

function stopPoint(
  split: SplitReport,
  last: EvidencePoint,
  x: ScaleLinear<number, number>,
  y: ScaleLinear<number, number>,
  frame: Frame,
): Markup {
  const at = px(x(split.samples));
  const saved = split.design === 'fixed-sample' ? 0 : split.fixedSampleSize - split.samples;
  const decided = split.outcome === 'passed' || split.outcome === 'failed';
  const value = split.outcome === 'failed' ? last.logE : Math.max(last.logLambdaHigh, last.logLambdaLow);
  const end = split.samples / (x.domain()[1] ?? 1) > 0.75;
  return html`<g class=${`stop ${split.outcome}`}><line x1=${at} x2=${at} y1=${frame.top} y2=${frame.bottom} /><circle cx=${at} cy=${px(y(value))} r="5" />
    <text x=${px(x(split.samples) + (end ? -6 : 6))} y=${frame.top - 10} text-anchor=${end ? 'end' : 'start'}>stopped at n ${formatCount(split.samples)}</text></g>
    ${decided && saved > 0 ? savedBracket(split, x, px(y(split.failLogE) + 34)) : null}`;
}

/** What a test of fixed size would still have sent, to the right of the stop and so clear of the curves. */
function savedBracket(split: SplitReport, x: ScaleLinear<number, number>, height: string): Markup {
  const [from, to] = [px(x(split.samples)), px(x(split.fixedSampleSize))];
  return html`<g class="saved"><path d=${`M${from},${height}H${to}m0,-6v12`} /><text x=${px(x(split.fixedSampleSize) - 6)} y=${Number(height) - 8} text-anchor="end">a fixed test: n ${formatCount(split.fixedSampleSize)}</text></g>`;
}

function requestAxis(x: ScaleLinear<number, number>, frame: Frame, count: number): Markup {
  return html`<line class="axis" x1=${frame.left} x2=${frame.right} y1=${frame.bottom} y2=${frame.bottom} />
    ${x.ticks(count).map((tick) => html`<line class="axis" x1=${px(x(tick))} x2=${px(x(tick))} y1=${frame.bottom} y2=${frame.bottom + 5} /><text class="tick" x=${px(x(tick))} y=${frame.bottom + 18} text-anchor="middle">${formatCount(tick)}</text>`)}
    <text class="tick" x=${frame.right} y=${frame.bottom + 36} text-anchor="end">requests judged, in the order of their start</text>`;
}
