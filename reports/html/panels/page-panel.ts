/** P12: whole pages in a browser: how many broke on each route, and one broken load part by part. */
import { scaleLinear } from 'd3-scale';
import { formatCount, formatDuration, formatShare } from '../../model/figures.ts';
import type { FilmedLoad, PageReport, PageRouteReport } from '../../model/page-report.ts';
import type { RunReport } from '../../model/run-report.ts';
import {
  chartCaption,
  dataTable,
  html,
  inBothWidths,
  type Markup,
  moreInResult,
  px,
  shortenMiddle,
} from '../markup.ts';
import type { PageDetail } from '../page-detail.ts';
import { outcomeBadge } from './outcome-badge.ts';

/** Nothing for a run that loaded no page. */
export function pagePanel({ pages = [] }: RunReport, detail: PageDetail): Markup {
  if (pages.length === 0) return null;
  return html`<section id="pages"><h2>Page loads</h2>
    <p class="lead">Whole pages in a real browser, each loaded by somebody who was never there: a page is whole when the document and every asset are of one version, else it is broken.</p>
    ${pages.slice(0, detail.charts).map((page, index) => onePage(page, index))}
    ${moreInResult(pages.length, detail.charts, 'claims about pages')}</section>`;
}

export function hasFilms({ pages = [] }: RunReport): boolean {
  return pages.some(({ films }) => films.some(({ frames }) => frames.length > 0));
}

function onePage(page: PageReport, index: number): Markup {
  return html`<figure class="panel"><h3>${page.title} <span class="quiet">${page.browser}, ${page.assets} assets</span></h3>
    <div class="scroll"><table class="stack pages"><caption class="sr">Broken page loads by route</caption>
      <thead><tr><th scope="col">Route</th><th scope="col">Outcome</th><th scope="col">Broken</th><th scope="col">Expected</th><th scope="col">Users</th></tr></thead>
      <tbody>${page.routes.map(routeRow)}</tbody></table></div>
    ${page.films.map((film, number) => oneFilm(film, `p${index}f${number}`))}
    ${chartCaption(
      'one request of the page, from asking to the end of its answer; a frame is what the window showed at that time.',
      'a red bar: an asset that another version was asked for, which does not have it.',
    )}</figure>`;
}

function routeRow(route: PageRouteReport): Markup {
  const { broken, loads, lost, users, usersJudged } = route;
  const interval = ({ low, high }: { low: number; high: number }) => `${formatShare(low)} to ${formatShare(high)}`;
  return html`<tr><th scope="row">${route.name}<span class="quiet"> ${route.host}</span></th>
    <td>${outcomeBadge(route.outcome)}</td>
    <td data-label="Broken"><b>${formatShare(broken.share)}</b> <span class="quiet">${interval(broken)}; ${formatCount(broken.count)} of ${formatCount(loads)}${lost === 0 ? '' : `, ${formatCount(lost)} lost`}</span></td>
    <td data-label="Expected">${expectedText(route)}</td>
    <td data-label="Users">${users.map((user, at) => html`${at === 0 ? '' : ', '}${user.version} <b>${formatShare(user.share)}</b> <span class="quiet">of ${formatShare(user.declared)}</span>`)}${usersJudged ? null : html` <span class="quiet">(not judged)</span>`}</td></tr>`;
}

function expectedText({ expected: { kind, share, margin } }: PageRouteReport): string {
  if (kind === 'derived') return `${formatShare(share)} ±${formatShare(margin)}, as weights per request make it`;
  return share === 0 ? `none (a pass excludes ${formatShare(margin)})` : `at most ${formatShare(share)}`;
}

function oneFilm(film: FilmedLoad, key: string): Markup {
  const what = { whole: 'A whole load', broken: 'A broken load', 'not-served': 'A load without its own asset' };
  return html`<div class="film"><h4>${what[film.verdict]} <span class="quiet">${film.title}; the page is of ${film.version}</span></h4>
    <div class="frames">${film.frames.map(({ atMs, jpeg }) => html`<div class="frame"><img src=${`data:image/jpeg;base64,${jpeg}`} width="320" height="200" alt=${`The window after ${formatDuration(atMs)}`} /><span class="quiet">${formatDuration(atMs)}</span></div>`)}</div>
    ${inBothWidths((width) => drawParts(film, width), key)}
    ${dataTable(
      'Its requests as a table',
      ['Request', 'Kind', 'Status', 'Answered by', 'From', 'To'],
      film.parts.map((part) => [
        html`<code>${part.url}</code>`,
        part.kind,
        part.status === 0 ? 'no answer' : String(part.status),
        part.version ?? 'nobody',
        formatDuration(part.startMs),
        formatDuration(part.endMs),
      ]),
    )}</div>`;
}

const ROW = 34;

function drawParts({ parts, version, verdict }: FilmedLoad, width: number): Markup {
  const [left, right] = [8, width - 12];
  const x = scaleLinear([0, Math.max(1, ...parts.map(({ endMs }) => endMs))], [left, right]);
  const bottom = parts.length * ROW + 4;
  return html`<svg class="chart parts" viewBox=${`0 0 ${width} ${bottom + 24}`} role="img" aria-label=${`The requests of a ${verdict} page load; the table below holds the same data`}>
    ${parts.map((part, row) => {
      const top = row * ROW + 4;
      const state = part.isCulprit ? 'culprit' : part.version === version ? 'same' : 'other';
      const said = `${shortenMiddle(part.url, width < 600 ? 24 : 60)} · ${part.status === 0 ? 'no answer' : part.status} · ${part.version ?? 'nobody'}`;
      return html`<g class=${state}><text x=${left} y=${top + 12}>${part.isCulprit ? '✗ ' : ''}${said}</text>
        <rect class="bar" x=${px(x(part.startMs))} y=${top + 17} width=${px(Math.max(2.5, x(part.endMs) - x(part.startMs)))} height="9" rx="1.5" /></g>`;
    })}
    <line class="axis" x1=${left} x2=${right} y1=${bottom} y2=${bottom} />
    ${x.ticks(width < 600 ? 3 : 7).map((tick) => html`<text class="tick" x=${px(x(tick))} y=${bottom + 16} text-anchor="middle">${formatDuration(tick)}</text>`)}
  </svg>`;
}
