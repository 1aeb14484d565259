/** What the marks of P1 and P2 mean; only those that the chart holds. */
import { PATH_TITLE } from '../../model/outcome-words.ts';
import type { TimelineReport } from '../../model/run-report.ts';
import { DECLARING_LAYERS, isClientPath } from '../../model/timeline-bins.ts';
import { html, type Markup } from '../markup.ts';
import { signPath } from './event-lanes.ts';
import type { LaneEvent } from './timeline-lanes.ts';
import type { TimelineContext } from './traffic-timeline.ts';

const MARKS: readonly { readonly sign: LaneEvent['sign']; readonly title: string; readonly mark: Markup }[] = [
  {
    sign: 'acknowledged',
    title: 'acknowledged by that proxy',
    mark: html`<path class="mark" d="M-2.2,-7H2.2V7H-2.2Z" />`,
  },
  { sign: 'fault', title: 'fault', mark: html`<path class="mark" d="M0,-6L6,5H-6Z" />` },
  { sign: 'good', title: 'measurement succeeded', mark: html`<circle class="mark" r="7" />${signPath('good')}` },
  { sign: 'bad', title: 'measurement failed', mark: html`<circle class="mark" r="7" />${signPath('bad')}` },
  {
    sign: 'unknown',
    title: 'measurement inconclusive or in error',
    mark: html`<circle class="mark" r="7" />${signPath('unknown')}`,
  },
];

export function timelineLegend(timeline: TimelineReport, { ledger, lanes }: TimelineContext): Markup {
  const layers = DECLARING_LAYERS.filter((layer) => timeline.declared.some((step) => step.layer === layer));
  const title = { git: 'declared in Git', api: 'API object', xds: 'acknowledged by proxies' };
  const paths = [...new Set(timeline.series.map(({ path }) => path))];
  const key = {
    ingress: 'M13,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0',
    mesh: 'M17,-5L22,0L17,5L12,0Z',
    direct: 'M13,-4H21V4H13Z',
  };
  return html`<ul class="legend">
    ${layers.map((layer) => html`<li><svg viewBox="0 -8 34 16" width="34" height="16" aria-hidden="true"><g class=${`declared ${layer}`}><path d="M1,4H17V-4H33" /></g></svg>${title[layer]}</li>`)}
    ${paths.map((path) =>
      isClientPath(path)
        ? html`<li><svg viewBox="0 -8 34 16" width="34" height="16" aria-hidden="true"><g class=${`series ${path}`}><rect class="band" x="2" y="-6" width="30" height="12" /><path class="mark" d=${key[path as keyof typeof key]} /></g></svg>${timeline.arm} share, ${PATH_TITLE[path]} clients</li>`
        : html`<li><svg viewBox="0 -8 34 16" width="34" height="16" aria-hidden="true"><g class=${`witness ${path}`}><path d="M1,0H33" /></g></svg>second witness: ${PATH_TITLE[path]}</li>`,
    )}
    <li><svg viewBox="0 0 34 16" width="34" height="16" aria-hidden="true"><rect class="hatch-ground" width="34" height="16" /><path class="hatch" d="M2,16L14,0M12,16L24,0M22,16L34,0" /></svg>not what was declared</li>
    ${ledger === undefined || ledger.segments.length === 0 ? null : entry('constant share found in the data alone', html`<g class="segment"><rect x="2" y="-5" width="30" height="10" /><path d="M2,0H32" /></g>`)}
    ${ledger === undefined || ledger.changes.length === 0 ? null : entry('from declared to seen by clients', html`<g class="lag"><path d="M3,5V-3H31V5" /></g>`)}
    ${MARKS.filter(({ sign }) => lanes.some((event) => event.sign === sign)).map(({ sign, title, mark }) => entry(title, html`<g class=${`event ${sign}`} transform="translate(17,0)">${mark}</g>`))}</ul>`;
}

function entry(title: string, picture: Markup): Markup {
  return html`<li><svg viewBox="0 -8 34 16" width="34" height="16" aria-hidden="true">${picture}</svg>${title}</li>`;
}
