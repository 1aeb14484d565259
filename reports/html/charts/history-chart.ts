/** One claim over runs: estimates with whiskers on the declared share, outcomes by shape and colour, time as bars. */
import { scaleLinear } from 'd3-scale';
import { formatDuration, formatShare } from '../../model/figures.ts';
import type { ClaimHistory, SubjectHistory } from '../../model/history/history-report.ts';
import { drawnShare, runName } from '../../model/history/history-words.ts';
import { OUTCOME_GLYPH } from '../../model/outcome-words.ts';
import { html, type Markup, px } from '../markup.ts';

const EDGE = { left: 58, right: 12, top: 14 };
const PLOT = 110;
const BARS = 34;
const AXIS = 22;
/** Outcomes that no split was judged for stand on lines of their own. */
const LINE_OF = { passed: 0.2, inconclusive: 0.45, invalid: 0.62, failed: 0.85 } as const;

/** @param prefix of ids, none of which are needed here; kept for `inBothWidths` */
export function historyChart(claim: ClaimHistory, { runs }: SubjectHistory, width: number, prefix: string): Markup {
  const shares = claim.cells.map((cell) => drawnShare(claim, cell));
  const some = shares.filter((share) => share !== undefined);
  const ends = some.flatMap(({ low, high, declared, margin }) => [low, high, declared - margin, declared + margin]);
  const y = scaleLinear([Math.max(0, Math.min(...ends)), Math.min(1, Math.max(...ends))], [PLOT, 0]);
  const x = scaleLinear([-0.5, runs.length - 0.5], [EDGE.left, width - EDGE.right]);
  const step = (width - EDGE.left - EDGE.right) / Math.max(1, runs.length);
  const longest = Math.max(1, ...claim.cells.map((cell) => cell?.durationMs ?? 0));
  const height = EDGE.top + PLOT + AXIS + BARS + AXIS;
  const barsEnd = PLOT + AXIS + BARS;
  const ticks = some.length === 0 ? [] : y.ticks(4);
  const labelEvery = Math.max(1, Math.ceil(84 / step));
  const failing = claim.regression?.run;
  return html`<svg class="chart" id=${`${prefix}chart`} viewBox=${`0 0 ${width} ${height}`} role="img" aria-label=${`${claim.title} over ${runs.length} runs`}><g transform=${`translate(0,${EDGE.top})`}>
    ${ticks.map((tick) => html`<line class="grid" x1=${EDGE.left} x2=${width - EDGE.right} y1=${px(y(tick))} y2=${px(y(tick))} /><text class="tick" x=${EDGE.left - 8} y=${px(y(tick) + 4)} text-anchor="end">${formatShare(tick, 1)}</text>`)}
    ${some.length > 0 ? null : (['passed', 'failed'] as const).map((outcome) => html`<text class="tick" x=${EDGE.left - 8} y=${px(LINE_OF[outcome] * PLOT + 4)} text-anchor="end">${outcome}</text><line class="grid" x1=${EDGE.left} x2=${width - EDGE.right} y1=${px(LINE_OF[outcome] * PLOT)} y2=${px(LINE_OF[outcome] * PLOT)} />`)}
    ${claim.changes.map(({ run }) => html`<line class="limit fail" stroke-dasharray="5 4" x1=${px(x(run - 0.5))} x2=${px(x(run - 0.5))} y1="-8" y2=${PLOT} />`)}
    ${failing === undefined ? null : html`<text class="limit-label" x=${px(x(failing - 0.5) + (failing > runs.length / 2 ? -6 : 6))} y="2" text-anchor=${failing > runs.length / 2 ? 'end' : 'start'}>first failed</text>`}
    ${claim.cells.map((cell, index) => {
      const run = runs[index];
      if (cell === undefined || run === undefined) return null;
      const share = shares[index];
      const at = x(index);
      const title = `${runName(run)}: ${cell.outcome}. ${cell.sentence}`;
      const bar = (cell.durationMs / longest) * BARS;
      return html`<g class=${cell.outcome}><title>${title}</title>
        ${share === undefined ? null : html`<rect class="drift" x=${px(at - step / 2)} width=${px(step)} y=${px(y(Math.min(1, share.declared + share.margin)))} height=${px(y(Math.max(0, share.declared - share.margin)) - y(Math.min(1, share.declared + share.margin)))} /><line class="axis" x1=${px(at - step / 2)} x2=${px(at + step / 2)} y1=${px(y(share.declared))} y2=${px(y(share.declared))} /><line stroke="var(--o)" stroke-width="2.2" x1=${px(at)} x2=${px(at)} y1=${px(y(share.low))} y2=${px(y(share.high))} /><path stroke="var(--o)" stroke-width="2.2" d=${`M${px(at - 4)},${px(y(share.low))}h8M${px(at - 4)},${px(y(share.high))}h8`} />`}
        ${mark(cell.outcome, at, share === undefined ? LINE_OF[cell.outcome] * PLOT : y(share.estimate))}
        <rect class="drift" x=${px(at - Math.min(12, step / 3))} width=${px(Math.min(24, (step / 3) * 2))} y=${px(barsEnd - bar)} height=${px(bar)} />
        ${cell.lostRequests === undefined || cell.lostRequests === 0 ? null : html`<text class="tick" x=${px(at)} y=${px(barsEnd - bar - 4)} text-anchor="middle">${cell.lostRequests}</text>`}</g>`;
    })}
    <text class="tick" x=${EDGE.left - 8} y=${barsEnd} text-anchor="end">0</text><text class="tick" x=${EDGE.left - 8} y=${PLOT + AXIS + 8} text-anchor="end">${formatDuration(longest)}</text>
    <line class="axis" x1=${EDGE.left} x2=${width - EDGE.right} y1=${barsEnd} y2=${barsEnd} />
    ${runs.map((run, index) => (index % labelEvery === 0 ? html`<text class="tick" x=${px(x(index))} y=${barsEnd + 16} text-anchor="middle">${run.revision?.slice(0, 8) ?? runName(run).slice(5, 10)}</text>` : null))}
  </g></svg>`;
}

/** A filled dot only for what passed; anything else is a ring with the glyph of its outcome. */
function mark(outcome: keyof typeof LINE_OF, x: number, y: number): Markup {
  if (outcome === 'passed') return html`<circle fill="var(--o)" cx=${px(x)} cy=${px(y)} r="4.5" />`;
  return html`<circle fill="var(--paper)" stroke="var(--o)" stroke-width="2" cx=${px(x)} cy=${px(y)} r="7.5" /><text x=${px(x)} y=${px(y + 4)} text-anchor="middle">${OUTCOME_GLYPH[outcome]}</text>`;
}
