/** Head, policy, style and script around the body of a page. */
import { createHash } from 'node:crypto';
import { html, type Markup, toText } from './markup.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './style/page-style.ts';

/** A page that is served and grows: another script, which may ask the server that it came from. */
export interface LiveShell {
  readonly script: string;
}

/**
 * A whole page. The content security policy names the style sheet and the script by their hashes and forbids
 * everything else, so that nothing which came in with the data could run or load.
 *
 * @param body one element, such as `<main>`
 * @param images whether the body holds pictures of its own, as data: nothing else may be drawn, and nothing fetched
 */
export function pageShell(title: string, body: Markup, live?: LiveShell, images = false): string {
  const script = live?.script ?? PAGE_SCRIPT;
  const policy = [
    "default-src 'none'",
    `style-src '${sourceHash(PAGE_STYLE)}'`,
    `script-src '${sourceHash(script)}'`,
    ...(live === undefined ? [] : ["connect-src 'self'"]),
    ...(images ? ['img-src data:'] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const head = toText(
    html`<head><meta charset="utf-8" /><meta http-equiv="Content-Security-Policy" content=${policy} /><meta name="viewport" content="width=device-width, initial-scale=1" /><meta name="color-scheme" content="light dark" /><meta name="generator" content="canaryproof" /><title>${title}</title></head>`,
  );
  return `<!doctype html>\n<html lang="en">${head.slice(0, -'</head>'.length)}<style>${PAGE_STYLE}</style></head>\n<body>${toText(body)}\n<script>${script}</script></body></html>\n`;
}

function sourceHash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
