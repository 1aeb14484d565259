/** Text from anywhere inside GitHub Markdown: it must not become markup, nor ping people, nor link issues. */
import { onOneLine } from '../model/control-characters.ts';

const ZERO_WIDTH_SPACE = '\u200b';

/** Text whose backticks are all single and paired keeps them as code; any other backtick is escaped. */
export function markdownText(text: string): string {
  const line = onOneLine(text);
  const parts = line.split('`');
  const paired =
    parts.length % 2 === 1 &&
    !line.includes('``') &&
    parts.every((part, index) => index % 2 === 0 || part.trim() !== '');
  if (!paired) return escapeText(line);
  return parts.map((part, index) => (index % 2 === 1 ? markdownCode(part) : escapeText(part))).join('');
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_~[\]|]/g, '\\$&')
    .replace(/([@#])(?=\w)/g, `$1${ZERO_WIDTH_SPACE}`)
    .replace(/(https?):\/\//gi, `$1:${ZERO_WIDTH_SPACE}//`)
    .replace(/\bwww\./gi, (www) => `${www.slice(0, 3)}${ZERO_WIDTH_SPACE}.`);
}

/** A code span whose fence is longer than any run of backticks inside; pipes are escaped for tables. */
export function markdownCode(text: string): string {
  const line = onOneLine(text).replaceAll('|', '\\|');
  if (line.trim() === '') return '';
  const fence = '`'.repeat(longestRun(line) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

export function markdownBlock(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}\n${onOneLine(text)}\n${fence}`;
}

/** Only characters that cannot end an HTML comment. */
export function markerName(text: string): string {
  return text.replace(/[^A-Za-z0-9._/-]+/g, '-').replace(/-{2,}/g, '-');
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}
