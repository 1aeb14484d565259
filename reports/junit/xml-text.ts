/**
 * Text inside XML 1.0: markup escaped, characters that XML forbids (even escaped) replaced by U+FFFD, those that a reader
 * would not see shown as their code point.
 */
import { showControlCharacters } from '../model/control-characters.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 forbids exactly these (production [2] Char)
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** For text between tags. */
export function xmlText(text: string): string {
  const allowed = text.toWellFormed().replace(FORBIDDEN, '\ufffd');
  // line ends stay as they are: an attribute keeps them through references of their own
  const seen = allowed.split('\r').map(showControlCharacters).join('\r');
  return seen.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;');
}

/** For a double-quoted attribute; line breaks survive the parser's normalisation. */
export function xmlAttribute(text: string): string {
  return xmlText(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');
}

/** ` name="value"` for each, in the order given. */
export function xmlAttributes(attributes: Readonly<Record<string, string | number>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${xmlAttribute(String(value))}"`)
    .join('');
}
