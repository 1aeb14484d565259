/** `html` tagged templates that become escaped markup on the server: every value is text unless it is markup itself. */
import htm from 'htm';
import { type ComponentChild, h, type VNode } from 'preact';
import { renderToStaticMarkup } from 'preact-render-to-string';
import { formatCount } from '../model/figures.ts';

export type Markup = ComponentChild;

/** htm's types describe its CommonJS build, whose function hangs on `default`; the ES module's default is the function. */
const bind = (htm as unknown as typeof htm.default).bind;

export const html = bind.call(htm, h) as (strings: TemplateStringsArray, ...values: readonly unknown[]) => Markup;

/** Markup of exactly one element as text. */
export function toText(markup: Markup): string {
  return renderToStaticMarkup(markup as VNode);
}

/** Widths that charts are drawn for; CSS shows one of the two. Text keeps its size on a phone that way. */
const WIDE = 1080;
const NARROW = 350;

/** The same chart drawn twice, `draw(width, idPrefix)`; ids inside must start with the prefix. */
export function inBothWidths(draw: (width: number, idPrefix: string) => Markup, key: string, wide = WIDE): Markup {
  return html`<div class="wide">${draw(wide, `${key}w`)}</div><div class="narrow">${draw(NARROW, `${key}n`)}</div>`;
}

/** Coordinates with one decimal: short, and the same bytes on every machine. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** The two lines under every chart, and what was drawn as a table. */
export function chartCaption(mark: Markup, bad: Markup): Markup {
  return html`<figcaption><p><b>One mark is</b> ${mark}</p><p><b>Bad would be</b> ${bad}</p></figcaption>`;
}

export function dataTable(
  title: string,
  head: readonly string[],
  rows: readonly (readonly Markup[])[],
  note?: string,
): Markup {
  return html`<details class="data"><summary>${title}</summary>
    ${note === undefined ? null : html`<p class="quiet">${note}</p>`}
    <div class="scroll"><table><thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div></details>`;
}

/** A sentence in which `pairs of backticks` become code. */
export function prose(text: string): Markup {
  return text.split(/`([^`]+)`/).map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}

/** "n more are in result.json" where a list was cut; nothing where all is shown. */
export function moreInResult(all: number, shown: number, what: string): Markup {
  if (all <= shown) return null;
  return html`<p class="quiet more-in-result">${formatCount(all - shown)} more ${what} are in result.json.</p>`;
}

/** Cuts the middle out, since names of pods differ at their ends. */
export function shortenMiddle(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const tail = Math.floor((characters - 1) / 2);
  return `${text.slice(0, characters - 1 - tail)}…${text.slice(-tail)}`;
}

export function empty(sentence: string): Markup {
  return html`<p class="empty">${sentence}</p>`;
}
