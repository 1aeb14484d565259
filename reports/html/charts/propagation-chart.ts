/** One change on its way through the layers, as small as a line of a table. */
import { scaleLinear } from 'd3-scale';
import { formatDuration } from '../../model/figures.ts';
import { changeStart, type LedgerLayer } from '../../model/ledger-reading.ts';
import type { PropagationReport } from '../../model/ledger-report.ts';
import { html, type Markup, px } from '../markup.ts';

const WIDTH = 420;
const LEFT = 58;
const RIGHT = WIDTH - 26;
const LANE = 17;
const LANES: readonly (readonly [LedgerLayer, string])[] = [
  ['git', 'Git'],
  ['api', 'API'],
  ['xds', 'proxies'],
  ['observed', 'clients'],
];

export function drawPropagation(change: PropagationReport, guilty: readonly LedgerLayer[]): Markup {
  const start = changeStart(change);
  const ends = [
    change.declaredAtMs,
    ...change.proxies.flatMap(({ acknowledgedAtMs }) => acknowledgedAtMs ?? []),
    ...change.observed.map(({ highMs }) => highMs),
  ].map((ms) => ms - start);
  const reach = Math.max(100, ...ends) * 1.04;
  const x = scaleLinear([0, reach], [LEFT, RIGHT]);
  const at = (unixMs: number) => px(x(unixMs - start));
  const silent = change.proxies.filter(({ acknowledgedAtMs }) => acknowledgedAtMs === undefined).length;
  const y = (lane: number) => 10 + lane * LANE;
  const bottom = y(LANES.length - 1) + 12;
  const ticks = x.ticks(3);
  return html`<svg class="chart way-chart" viewBox=${`0 0 ${WIDTH} ${bottom + 16}`} role="img" aria-label=${summary(change, silent)}>
    ${LANES.map(
      (
        [layer, name],
        lane,
      ) => html`<g class=${guilty.includes(layer) ? 'lane bad' : 'lane'}><line class="grid" x1=${LEFT} x2=${RIGHT} y1=${y(lane)} y2=${y(lane)} /><text class="tick" x=${LEFT - 8} y=${y(lane)} dy="0.32em" text-anchor="end">${name}</text>
      ${guilty.includes(layer) ? html`<path class="cross" transform=${`translate(${RIGHT + 14},${y(lane)})`} d="M-4,-4L4,4M-4,4L4,-4" />` : null}</g>`,
    )}
    ${ticks.map((tick) => html`<line class="axis" x1=${px(x(tick))} x2=${px(x(tick))} y1=${bottom - 4} y2=${bottom} /><text class="tick small" x=${px(x(tick))} y=${bottom + 12} text-anchor="middle">${formatDuration(tick)}</text>`)}
    ${change.gitAtMs === undefined ? null : html`<rect class="way-mark" x=${px(x(change.gitAtMs - start) - 4.5)} y=${y(0) - 4.5} width="9" height="9" />`}
    <path class="way-mark" d=${`M${px(x(change.declaredAtMs - start) - 2.5)},${y(1) - 7}h5v14h-5Z`} />
    ${change.proxies.map((one) => (one.acknowledgedAtMs === undefined ? null : html`<path class="way-ack" d=${`M${at(one.acknowledgedAtMs)},${y(2) - 7}v14`}><title>${one.proxy}</title></path>`))}
    ${silent === 0 ? null : html`<text class="silent" x=${RIGHT} y=${y(2)} dy="0.32em" text-anchor="end">✗ ${silent} never</text>`}
    ${change.observed.map((one) => html`<g class=${`way-seen ${one.path}`}><line x1=${at(one.lowMs)} x2=${at(one.highMs)} y1=${y(3)} y2=${y(3)} /><path d=${one.path === 'ingress' ? 'M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0' : one.path === 'mesh' ? 'M0,-5L5,0L0,5L-5,0Z' : 'M-4,-4H4V4H-4Z'} transform=${`translate(${at(one.atMs)},${y(3)})`} /></g>`)}
  </svg>`;
}

function summary(change: PropagationReport, silent: number): string {
  const last = Math.max(change.declaredAtMs, ...change.observed.map(({ atMs }) => atMs));
  return `Clients had the change ${formatDuration(last - change.declaredAtMs)} after it was written${silent > 0 ? `; ${silent} proxies never acknowledged it` : ''}`;
}
