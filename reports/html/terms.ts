/** Words that the glossary explains, linked where they stand. */
import { GLOSSARY } from '../model/words/glossary.ts';
import { html, type Markup } from './markup.ts';

export function termAnchor(key: string): string {
  return `term-${key}`;
}

const KEY_OF = new Map(GLOSSARY.flatMap(({ key, said }) => said.map((word) => [word, key] as const)));
/** Longest first, so that "mixture interval" is not cut short; whole words only, as far as letters go. */
const WORDS = new RegExp(
  `(?<![\\p{L}\\p{N}-])(${[...KEY_OF.keys()].toSorted((a, b) => b.length - a.length).join('|')})(?![\\p{L}\\p{N}-])`,
  'gu',
);

/** The text with the first mention of each word of the glossary as a link to it. */
export function withTerms(text: string): Markup {
  const linked = new Set<string>();
  return text.split(WORDS).map((part, index) => {
    const key = index % 2 === 1 ? KEY_OF.get(part) : undefined;
    if (key === undefined || linked.has(key)) return part;
    linked.add(key);
    return html`<a class="term" href=${`#${termAnchor(key)}`}>${part}</a>`;
  });
}

/** The glossary itself, at the end of the page. */
export function glossaryPanel(): Markup {
  return html`<section id="glossary"><h2>Words</h2><p class="lead">What the linked words of this page mean.</p>
    <dl class="panel glossary">${GLOSSARY.map(({ key, title, text }) => html`<div id=${termAnchor(key)}><dt>${title}</dt><dd>${text}</dd></div>`)}</dl></section>`;
}
