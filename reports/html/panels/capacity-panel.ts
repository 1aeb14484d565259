/** P9: what load the subject holds, from which trials, and what that answers. */
import type { CapacityReport } from '../../model/capacity-report.ts';
import type { RunReport } from '../../model/run-report.ts';
import { bracketText, capacityChart } from '../charts/capacity-chart.ts';
import { chartCaption, html, inBothWidths, type Markup, moreInResult } from '../markup.ts';
import type { PageDetail } from '../page-detail.ts';

/** Nothing for a run that measured no capacity. */
export function capacityPanel(report: RunReport, detail: PageDetail): Markup {
  const all = report.capacity ?? [];
  if (all.length === 0) return null;
  return html`<section id="capacity"><h2>Capacity</h2>${all.map((one, index) => onePanel(one, detail, `c${index}`))}</section>`;
}

function onePanel(one: CapacityReport, detail: PageDetail, key: string): Markup {
  const shown = one.trials.slice(0, detail.listRows);
  return html`<figure class="panel"><p class="figures"><span><b>${bracketText(one.bracket)}</b></span><span>${one.objective.text}, ${one.arrivals === 'poisson' ? 'Poisson arrivals' : 'paced arrivals, which overstate it'}</span><span>${one.trials.length} trials${one.generators === undefined ? '' : `, each from ${one.generators} generators`}</span>${generatorText(one.generator)}</p>
    ${one.answers.map(({ question, outcome, sentence }) => html`<p class=${outcome}><b>${question}: ${outcome}.</b> ${sentence}</p>`)}
    ${againstTable(one.against)}
    ${one.trials.length === 0 ? null : inBothWidths((width, id) => capacityChart(one, width, id), key)}
    ${chartCaption(
      html`one trial: filled where it judges, hollow where it only guides, a cross where the instrument spoiled it; the bar is 95 % on its effective requests. The band is the bracket, the dotted line the fit. Guides at rates far away are in the table only.`,
      html`a filled mark above the limit left of the band, or below it on the right.`,
    )}
    <div class="scroll"><table class="stack"><caption class="sr">Trials</caption><thead><tr><th scope="col" class="num">Rate</th><th scope="col">Phase</th><th scope="col" class="num">Seconds</th><th scope="col" class="num">Bad</th><th scope="col" class="num">Requests</th><th scope="col" class="num">n_eff</th><th scope="col" class="num">τ</th><th scope="col" class="num">Generator CPU</th><th scope="col">Limited by</th></tr></thead>
    <tbody>${shown.map(trialRow)}</tbody></table></div>${moreInResult(one.trials.length, shown.length, 'trials')}</figure>`;
}

function trialRow(trial: CapacityReport['trials'][number]): Markup {
  return html`<tr><th scope="row" class="num">${trial.ratePerSecond.toFixed(1)}/s</th><td data-label="Phase">${trial.phase}</td><td class="num" data-label="Seconds">${trial.seconds.toFixed(0)}</td><td class="num" data-label="Bad">${`${(trial.share * 100).toFixed(2)} %`}</td><td class="num" data-label="Requests">${trial.requests}</td><td class="num" data-label="n_eff">${trial.effectiveRequests.toFixed(0)}</td><td class="num" data-label="τ">${`${trial.tauSeconds.toFixed(2)} s`}</td><td class="num" data-label="Generator CPU">${`${(trial.generatorCpuShare * 100).toFixed(0)} %`}</td><td data-label="Limited by">${trial.guards.length === 0 ? '' : html`<b class="bad-text">${trial.guards.join(', ')}</b>`}</td></tr>`;
}

/** Between what it carried and what it did not lies what the machine can send at all. */
function generatorText(generator: CapacityReport['generator']): Markup {
  if (generator === undefined) return null;
  const { carried, failed } = generator;
  const least = `generator alone: ${Number(carried.toPrecision(4))}/s`;
  return html`<span>${failed === undefined ? `${least} or more` : `${least}, not ${Number(failed.toPrecision(4))}/s`}</span>`;
}

/** What was the same for both, and how the canary differs. */
function againstTable(against: CapacityReport['against']): Markup {
  if (against?.share === undefined) return null;
  const { share, quantiles = [], confidence, effectiveRequests, ratio } = against;
  const rows = [
    comparedRow('bad answers', share, (value) => `${Number((value * 100).toPrecision(3))} %`),
    ...quantiles.map((one) =>
      comparedRow(`p${one.quantile * 100}`, one, (value) => `${Number(value.toPrecision(3))} ms`),
    ),
  ];
  const times = [ratio?.low, ratio?.high].map((end) => (end === undefined ? '?' : `×${end.toFixed(3)}`)).join(' to ');
  return html`<div class="scroll"><table class="stack"><caption>Canary ${against.url} against stable at ${`${Number(against.ratePerSecond!.toPrecision(4))}/s`}, intervals with ${`${Number((confidence * 100).toFixed(1))} %`}${ratio === undefined ? '' : `; it holds ${times} of what stable holds`}</caption><thead><tr><th scope="col"></th><th scope="col" class="num">Stable</th><th scope="col" class="num">Canary</th><th scope="col" class="num">Difference</th></tr></thead>
    <tbody>${rows}<tr><th scope="row">n_eff</th><td class="num" data-label="Stable">${effectiveRequests!.stable.toFixed(0)}</td><td class="num" data-label="Canary">${effectiveRequests!.canary.toFixed(0)}</td><td></td></tr></tbody></table></div>`;
}

type Compared = NonNullable<NonNullable<CapacityReport['against']>['share']>;

function comparedRow(name: string, { stable, canary, difference }: Compared, shown: (value: number) => string): Markup {
  const cell = ({ value, low, high }: Compared['stable']) => {
    const [middle, from, to] = [value, low, high].map((one) => (one === undefined ? '?' : shown(one)));
    return `${middle} (${from} to ${to})`;
  };
  return html`<tr><th scope="row">${name}</th><td class="num" data-label="Stable">${cell(stable)}</td><td class="num" data-label="Canary">${cell(canary)}</td><td class="num" data-label="Difference">${cell(difference)}</td></tr>`;
}
