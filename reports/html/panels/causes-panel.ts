/** What went wrong, before anything else: a sentence a cause, how often, since when, and what to do first. */
import { countText, sinceText } from '../../model/causes/cause-words.ts';
import { type Cause, causesOf } from '../../model/causes/causes.ts';
import { formatCount } from '../../model/figures.ts';
import type { RunReport } from '../../model/run-report.ts';
import { html, type Markup, prose } from '../markup.ts';

/** More causes than anybody fixes at once; the rest is folded. */
const SHOWN = 5;

/** Nothing where every claim passed. */
export function causesPanel(report: RunReport): Markup {
  const causes = causesOf(report);
  if (causes.length === 0) return null;
  const word = report.outcome === 'failed' ? 'What went wrong' : 'Why there is no verdict';
  const rest = causes.slice(SHOWN);
  return html`<section id="causes"><h2>${word}</h2>
    <p class="lead">${causes.length === 1 ? 'One cause explains all of it.' : `${formatCount(causes.length)} causes, each said once; the one met most often comes first.`}</p>
    <ol class="causes">${causes.slice(0, SHOWN).map(oneCause)}</ol>
    ${rest.length === 0 ? null : html`<details class="more"><summary>${formatCount(rest.length)} more</summary><ol class="causes" start=${SHOWN + 1}>${rest.map(oneCause)}</ol></details>`}</section>`;
}

function oneCause(cause: Cause): Markup {
  const facts = [countText(cause), sinceText(cause)].filter((text) => text !== undefined);
  return html`<li><p class="sentence">${prose(cause.sentence)}</p>
    ${facts.length === 0 ? null : html`<p class="quiet">${facts.join(' · ')} · <code>${cause.code}</code></p>`}
    <p class="hint"><b>First:</b> ${prose(cause.firstStep)}</p></li>`;
}
