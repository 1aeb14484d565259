/** Boundary pairs: for each threshold runs just inside, which must promote, and just outside, which must abort. */
import { scaleLinear } from 'd3-scale';
import { readEnd } from '../../model/causes/causes.ts';
import { tidyNumbers } from '../../model/causes/tidy-numbers.ts';
import { formatCount, formatDuration, THIN } from '../../model/figures.ts';
import type { BoundaryReport } from '../../model/rollout-report.ts';
import type { RunReport } from '../../model/run-report.ts';
import { violationHatch } from '../charts/chart-axes.ts';
import { html, type Markup, moreInResult, px } from '../markup.ts';
import type { PageDetail } from '../page-detail.ts';
import { withTerms } from '../terms.ts';
import { outcomeBadge } from './outcome-badge.ts';

const WIDTH = 200;
const MIDDLE = WIDTH / 2;

/** Nothing for a run without boundary pairs. */
export function boundaryPanel(report: RunReport, detail: PageDetail): Markup {
  const all = report.boundaries;
  if (all.length === 0) return null;
  const shown = all.slice(0, detail.listRows);
  const claims = [...new Set(shown.map(({ claimId }) => claimId))];
  const asDeclared = all.filter(({ outcome }) => outcome === 'passed').length;
  const measured = all.reduce((sum, { measurements }) => sum + measurements, 0);
  const agreed = all.reduce((sum, { oracleAgrees }) => sum + oracleAgrees, 0);
  const lost = all.reduce((sum, { lostRequests }) => sum + lostRequests, 0);
  return html`<section id="boundaries"><h2>Just inside, just outside</h2>
    <p class="lead">Each threshold is met twice: a run barely inside it must promote, a run barely outside it must abort.</p>
    <figure class="panel"><p class="figures"><span><b>${formatCount(asDeclared)}</b> of ${formatCount(all.length)} runs ended as declared</span><span><b>${formatCount(agreed)}</b> of ${formatCount(measured)} measurements agree with the ${withTerms('oracle')}</span><span><b>${formatCount(lost)}</b> requests lost</span></p>
    <div class="scroll"><table class="boundaries stack"><caption class="sr">Boundary runs</caption><thead><tr><th scope="col">Outcome</th><th scope="col">Run</th><th scope="col" class="line">Injected, against the limit</th><th scope="col">Expected</th><th scope="col">Observed</th><th scope="col" class="num">Abort after</th><th scope="col" class="num">Last answer</th><th scope="col" class="num">Lost requests</th><th scope="col" class="num">Oracle agrees on</th></tr></thead>
    ${claims.map((claimId, claim) => {
      const rows = shown.filter((one) => one.claimId === claimId);
      const title = report.claims.find(({ id }) => id === claimId)?.title;
      return html`<tbody><tr class="group"><th scope="rowgroup" colspan="9">${title ?? claimId}${title === undefined ? null : html`<span class="quiet"><code>${claimId}</code></span>`}</th></tr>
        ${rows.map((row, index) => boundaryRow(row, rows, `b${claim}-${index}`))}</tbody>`;
    })}</table></div>
    ${moreInResult(all.length, shown.length, 'boundary runs')}
    <figcaption><p><b>One mark is</b> the injected level or duration of one run; the tall tick is the declared limit, the hatched side must abort. Abort after: since the fault; last answer of the canary: since the abort.</p><p><b>Bad would be</b> a run on the plain side that aborted, one on the hatched side that was promoted, a lost request, or a measurement that the oracle judges otherwise.</p></figcaption></figure></section>`;
}

function boundaryRow(row: BoundaryReport, siblings: readonly BoundaryReport[], id: string): Markup {
  const differs = row.oracleAgrees < row.measurements;
  return html`<tr><td>${outcomeBadge(row.outcome)}</td><th scope="row"><b>${row.name}</b> <span class="quiet">${row.declared}, ${row.side === 'special' ? 'a special case' : row.side}</span></th><td class="line" data-label="Injected">${numberLine(row, siblings, id)}${row.injected}</td>
   <td data-label="Expected">${row.expected}</td><td data-label="Observed">${observedCell(row)}${row.earlier === undefined ? null : html`<br><span class="quiet">run once more, because ${row.earlier.because}; the first try was ${row.earlier.outcome}: ${row.earlier.observed}</span>`}</td>
    <td class="num" data-label="Abort after">${row.abortAfterMs === undefined ? 'none' : formatDuration(row.abortAfterMs)}</td><td class="num" data-label="Last answer">${row.lastCanaryAfterMs === undefined ? '' : `+${formatDuration(row.lastCanaryAfterMs)}`}</td>
    <td class="num" data-label="Lost requests">${lostCell(row)}</td>
    <td class="num" data-label="Oracle agrees on">${differs ? html`<b class="bad-text">✗ ${formatCount(row.oracleAgrees)} of ${formatCount(row.measurements)}</b>` : `${formatCount(row.oracleAgrees)} of ${formatCount(row.measurements)}`}</td></tr>`;
}

/** Bad where they decide; so few that the limit is proven all the same are worth a look. */
function lostCell({ lostRequests, outcome }: BoundaryReport): Markup {
  if (lostRequests === 0) return '0';
  const count = formatCount(lostRequests);
  return outcome === 'passed' ? `! ${count}` : html`<b class="bad-text">✗ ${count}</b>`;
}

/** Bold is only how it ended, and only where that is what is wrong; the reasons stand beside it, quietly. */
function observedCell(row: BoundaryReport): Markup {
  const { end, why } = readEnd(tidyNumbers(row.observed));
  const wrong = row.outcome === 'failed' && end !== row.expected && ENDS.has(row.expected);
  return html`${wrong ? html`<b class="bad-text">✗ ${end}</b>` : end}${why === '' ? null : html`<br /><span class="quiet">${why}</span>`}`;
}

/** Ends that a trial can be compared by; other expectations are sentences. */
const ENDS: ReadonlySet<string> = new Set(['promoted', 'aborted', 'paused']);

/** Without numbers only the side is known, so the dot is drawn at a fixed place on it. */
function numberLine(row: BoundaryReport, siblings: readonly BoundaryReport[], id: string): Markup {
  if (row.side === 'special' && row.level === undefined) return null;
  const { level } = row;
  const badAbove = level?.bad !== 'below';
  const reach = siblings
    .filter((one) => one.level !== undefined && one.level.limit === level?.limit && one.level.unit === level?.unit)
    .reduce((most, one) => Math.max(most, Math.abs((one.level?.injected ?? 0) - (one.level?.limit ?? 0))), 0);
  const half = reach === 0 ? 1 : reach * 1.7;
  const x = scaleLinear([-half, half], [8, WIDTH - 8]).clamp(true);
  const schematic = (row.side === 'outside') === badAbove ? half / 1.7 : -half / 1.7;
  const at = x(level === undefined ? schematic : level.injected - level.limit);
  const label =
    level === undefined ? row.injected : `limit ${level.limit} ${level.unit}, injected ${level.injected} ${level.unit}`;
  return html`<svg class="chart number-line" viewBox=${`0 0 ${WIDTH} 44`} role="img" aria-label=${label}><defs>${violationHatch(`${id}-hatch`)}</defs>
    <rect class="forbidden" fill=${`url(#${id}-hatch)`} x=${badAbove ? MIDDLE : 8} y="6" width=${MIDDLE - 8} height="18" />
    <line class="axis" x1="8" x2=${WIDTH - 8} y1="15" y2="15" /><line class="limit-tick" x1=${MIDDLE} x2=${MIDDLE} y1="2" y2="28" />
    ${dot(row.side, px(at))}
    ${level === undefined ? null : numbers(level, at)}</svg>`;
}

/** Inside is a circle, outside a diamond, anything else a square. */
function dot(side: BoundaryReport['side'], at: string): Markup {
  const shape = {
    inside: 'M-5.5,0a5.5,5.5 0 1,0 11,0a5.5,5.5 0 1,0 -11,0',
    outside: 'M0,-7L7,0L0,7L-7,0Z',
    special: 'M-5,-5H5V5H-5Z',
  };
  return html`<path class=${`dot ${side}`} d=${shape[side]} transform=${`translate(${at},15)`} />`;
}

/** Every number with its unit; where the two would lie on each other, they are one text. */
function numbers(level: NonNullable<BoundaryReport['level']>, at: number): Markup {
  const unit = shortUnit(level.unit);
  const [limit, injected] = [`${level.limit}${THIN}${unit}`, `${level.injected}${THIN}${unit}`];
  if (Math.abs(at - MIDDLE) < 30)
    return html`<text class="tick small" x=${MIDDLE} y="40" text-anchor="middle">${level.injected === level.limit ? `${limit}, on the limit` : `${injected} | limit ${limit}`}</text>`;
  return html`<text class="tick small" x=${MIDDLE} y="40" text-anchor="middle">${limit}</text><text class="small" x=${px(at)} y="40" text-anchor="middle">${injected}</text>`;
}

/** "% errors" is said beside the picture; on it only the sign. */
function shortUnit(unit: string): string {
  return unit.split(' ')[0] ?? '';
}
