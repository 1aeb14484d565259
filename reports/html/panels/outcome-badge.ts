/** An outcome as glyph and word; colour only underlines what the two already say. */
import { OUTCOME_GLYPH } from '../../model/outcome-words.ts';
import type { OutcomeReport } from '../../model/run-report.ts';
import { html, type Markup } from '../markup.ts';

export function outcomeBadge(outcome: OutcomeReport): Markup {
  return html`<span class=${`badge ${outcome}`}><span class="glyph" aria-hidden="true">${OUTCOME_GLYPH[outcome]}</span>${outcome}</span>`;
}
