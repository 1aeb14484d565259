/** Rate against share of bad answers, both logarithmic: every trial, the objective, the fit and the bracket. */
import { scaleLog } from 'd3-scale';
import type { CapacityReport } from '../../model/capacity-report.ts';
import { html, type Markup, px } from '../markup.ts';

const LEAST_SHARE = 0.0005;
const HEIGHT = 340;
const FIT_POINTS = 40;

type Trial = CapacityReport['trials'][number];

const judges = ({ phase }: Trial) => phase !== 'range' && phase !== 'narrow';

export function capacityChart(report: CapacityReport, width: number, id: string): Markup {
  const frame = { left: 62, right: width - 16, top: 24, bottom: HEIGHT - 40 };
  const [low, high] = shownRates(report);
  const shown = report.trials.filter(({ ratePerSecond }) => ratePerSecond >= low && ratePerSecond <= high);
  const x = scaleLog([low, high], [frame.left, frame.right]);
  const y = scaleLog([LEAST_SHARE, 1], [frame.bottom, frame.top]).clamp(true);
  const { bracket, objective } = report;
  const at = (share: number) => px(y(Math.max(LEAST_SHARE, share)));
  const limit = at(objective.share);
  const label = `Share of bad answers in ${report.trials.length} trials, by rate; ${bracketText(bracket)}`;
  const tickCount = width > 600 ? 7 : 3;
  const xTicks = Array.from({ length: tickCount }, (_, index) =>
    Number((low * (high / low) ** ((index + 0.5) / tickCount)).toPrecision(3)),
  );
  return html`<svg class="chart capacity" viewBox=${`0 0 ${width} ${HEIGHT}`} width=${width} height=${HEIGHT} role="img" aria-label=${label}>
    ${[0.001, 0.01, 0.1, 1].map((tick) => html`<line class="grid" x1=${frame.left} x2=${frame.right} y1=${at(tick)} y2=${at(tick)} /><text class="tick" x=${frame.left - 8} y=${at(tick)} dy="0.32em" text-anchor="end">${`${Number((tick * 100).toFixed(1))} %`}</text>`)}
    <line class="axis" x1=${frame.left} x2=${frame.right} y1=${frame.bottom} y2=${frame.bottom} />
    ${xTicks.map((tick) => html`<text class="tick" x=${px(x(tick))} y=${frame.bottom + 18} text-anchor="middle">${tick}</text>`)}
    <text class="tick" x=${frame.right} y=${HEIGHT - 6} text-anchor="end">requests/s, bad answers upwards</text>
    ${bracketBand(bracket, x, frame)}
    <line class="limit-line" x1=${frame.left} x2=${frame.right} y1=${limit} y2=${limit} /><text class="tick limit-name" x=${frame.left + 6} y=${Number(limit) - 6}>${objective.text}</text>
    ${fitCurve(report, x, at)}
    ${shown.map((trial, index) => trialMark(trial, px(x(trial.ratePerSecond)), at, `${id}-${index}`))}
  </svg>`;
}

/** Around the trials that judged, so that guides far away do not flatten them; all of it when none did. */
function shownRates({ trials }: CapacityReport): readonly [number, number] {
  const judged = trials.filter(judges);
  const rates = (judged.length > 0 ? judged : trials).map(({ ratePerSecond }) => ratePerSecond);
  const margin = judged.length > 0 ? 1.25 : 1.1;
  return [Math.min(...rates) / margin, Math.max(...rates) * margin];
}

export function bracketText(bracket: CapacityReport['bracket']): string {
  if (bracket === undefined) return 'no bracket';
  const [low, high] = [bracket.low, bracket.high].map((rate) =>
    rate === undefined ? undefined : `${Number(rate.toPrecision(4))}`,
  );
  const confidence = `${Number((bracket.confidence * 100).toFixed(1))} %`;
  if (low !== undefined && high !== undefined) return `holds ${low} to ${high}/s (${confidence})`;
  if (low !== undefined) return `holds at least ${low}/s (${confidence})`;
  return high === undefined ? 'no bracket' : `does not hold even ${high}/s`;
}

interface Edges {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function bracketBand(bracket: CapacityReport['bracket'], x: (rate: number) => number, frame: Edges): Markup {
  if (bracket === undefined) return null;
  const from = bracket.low === undefined ? frame.left : x(bracket.low);
  const to = bracket.high === undefined ? frame.right : x(bracket.high);
  return html`<rect class="bracket" x=${px(from)} width=${px(Math.max(1, to - from))} y=${frame.top} height=${frame.bottom - frame.top} />`;
}

/** Only over the rates that judged: what a fit says beyond them is a guess. */
function fitCurve(
  { fit, trials, objective }: CapacityReport,
  x: (rate: number) => number,
  at: (share: number) => string,
): Markup {
  const judged = trials.filter((trial) => trial.guards.length === 0 && judges(trial)).map((t) => t.ratePerSecond);
  if (fit === undefined || judged.length < 2) return null;
  const [low, high] = [Math.min(...judged), Math.max(...judged)];
  const odds = objective.share / (1 - objective.share);
  const points = Array.from({ length: FIT_POINTS + 1 }, (_, index) => {
    const rate = low * (high / low) ** (index / FIT_POINTS);
    const value = odds * (rate / fit.root) ** fit.slope;
    return `${px(x(rate))},${at(value / (1 + value))}`;
  });
  return html`<polyline class="fit" points=${points.join(' ')} />`;
}

function trialMark(trial: Trial, x: string, at: (share: number) => string, key: string): Markup {
  const title = `${trial.ratePerSecond.toFixed(1)}/s, ${trial.phase}: ${(trial.share * 100).toFixed(2)} % bad of ${trial.requests}`;
  if (trial.guards.length > 0) {
    const y = Number(at(trial.share));
    const cross = `M${Number(x) - 5} ${y - 5}l10 10m0 -10l-10 10`;
    return html`<g key=${key}><title>${`${title}; ${trial.guards.join(', ')}`}</title><path class="cross" d=${cross} /></g>`;
  }
  return html`<g key=${key} class=${judges(trial) ? 'trial judges' : 'trial guides'}><title>${title}</title><line class="bar" x1=${x} x2=${x} y1=${at(trial.low)} y2=${at(trial.high)} /><circle cx=${x} cy=${at(trial.estimate)} r="5" /></g>`;
}
