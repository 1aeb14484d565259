/** P10 a: how often a release is stopped, against how many errors the canary truly makes. */
import { scaleLinear, scaleLog } from 'd3-scale';
import { area, line } from 'd3-shape';
import { formatDeclared, formatShare } from '../../model/figures.ts';
import type { CurvePoint } from '../../model/simulation/release-figures.ts';
import type { SimulationReport } from '../../model/simulation-report.ts';
import { type Frame, valueAxis } from '../charts/chart-axes.ts';
import { html, type Markup, px } from '../markup.ts';

type Curve = SimulationReport['curves'][number];
/** Where a policy is of two minds. */
const UNSURE = [0.1, 0.9] as const;

export function drawCurves(report: SimulationReport, width: number): Markup {
  const frame: Frame = { left: 56, right: width - 16, top: 18, bottom: 244 };
  const points = report.curves.flatMap(({ points: own }) => own).filter(({ errorShare }) => errorShare > 0);
  const shares = points.map(({ errorShare }) => errorShare);
  const x = scaleLog([Math.min(...shares), Math.max(...shares)], [frame.left, frame.right]);
  const y = scaleLinear([0, 1], [frame.bottom, frame.top]);
  const marks = [
    { at: report.inputs.stable.errorShare, name: 'good' },
    { at: report.inputs.bad?.fault.errorShare ?? 0, name: 'bad' },
  ].filter(({ at }) => at >= x.domain()[0]! && at <= x.domain()[1]!);
  const ticks = x.ticks().filter((tick) => /^[125]/.test(tick.toExponential()));
  const shown = width < 600 ? ticks.filter((tick) => tick.toExponential().startsWith('1')) : ticks;
  return html`<svg class="chart" viewBox=${`0 0 ${width} 290`} role="img" aria-label="Share of releases that are stopped, by the canary's true error share; the table below holds the same data">
    ${valueAxis(y, frame, [0, 0.1, 0.5, 0.9, 1], (value) => formatDeclared(value))}
    ${report.curves.map((curve) => unsureZone(curve, frame, x))}
    <line class="axis" x1=${frame.left} x2=${frame.right} y1=${frame.bottom} y2=${frame.bottom} />
    ${shown.map((tick) => html`<line class="axis" x1=${px(x(tick))} x2=${px(x(tick))} y1=${frame.bottom} y2=${frame.bottom + 5} /><text class="tick" x=${px(x(tick))} y=${frame.bottom + 19} text-anchor="middle">${formatDeclared(tick)}</text>`)}
    <text class="tick" x=${frame.right} y=${frame.bottom + 38} text-anchor="end">true share of errors</text>
    ${report.curves.map((curve) => oneCurve(curve, x, y))}
    ${marks.map(({ at, name }) => html`<path class="limit-line" d=${`M${px(x(at))},${frame.top}V${frame.bottom}`} /><text class="heat-label limit-name" x=${px(x(at))} y=${frame.top - 6} text-anchor=${name === 'good' && x(at) < frame.left + 20 ? 'start' : 'middle'}>${name}</text>`)}</svg>`;
}

/** Shades of today's curve as of a canary, of the recommended one as of stable: two colours that the page already has. */
const trackOf = ({ policy }: Curve) => (policy === 'today' ? 'canary' : 'stable');

function oneCurve(curve: Curve, x: (share: number) => number, y: (share: number) => number): Markup {
  const points = curve.points.filter(({ errorShare }) => errorShare > 0);
  const at = ({ errorShare }: CurvePoint) => x(errorShare);
  const ribbon = area<CurvePoint>(
    at,
    ({ stopped }) => y(stopped.low),
    ({ stopped }) => y(stopped.high),
  ).digits(1);
  const middle = line<CurvePoint>(at, ({ stopped }) => y(stopped.p)).digits(1);
  return html`<g class=${`spectrum ${trackOf(curve)}`}><path class="reach" d=${ribbon(points)} /><path class="curve" d=${middle(points)} />
    ${points.map((point) => html`<circle class="dot" r="3.4" cx=${px(at(point))} cy=${px(y(point.stopped.p))}><title>${`${curve.policy}, ${formatShare(point.errorShare)} errors: stopped in ${formatShare(point.stopped.p)}`}</title></circle>`)}</g>`;
}

/** In the colour of the curve that it belongs to. From the last share that is stopped in a tenth to the first that is in nine tenths. */
function unsureZone(curve: Curve, frame: Frame, x: (share: number) => number): Markup {
  const zone = unsureShares(curve);
  if (curve.policy !== 'today' || zone === undefined) return null;
  const [from, to] = zone;
  return html`<rect class="sim-unsure" x=${px(x(from))} y=${frame.top} width=${px(Math.max(0, x(to) - x(from)))} height=${frame.bottom - frame.top} />`;
}

/** Error shares with P(stopped) = 0.1 and 0.9, between points by their logarithms; undefined where one is not reached. */
export function unsureShares({ points }: Curve): readonly [number, number] | undefined {
  const positive = points.filter(({ errorShare }) => errorShare > 0);
  const [from, to] = UNSURE.map((wanted) => {
    const index = positive.findIndex(({ stopped }) => stopped.p >= wanted);
    const [before, after] = [positive[index - 1], positive[index]];
    if (!before || !after) return undefined;
    const part = (wanted - before.stopped.p) / (after.stopped.p - before.stopped.p);
    return before.errorShare * (after.errorShare / before.errorShare) ** part;
  });
  return from === undefined || to === undefined ? undefined : [from, to];
}
