/** Text for terminals without Unicode: known signs become their ASCII spelling, anything else a question mark. */
const SPELLING: Readonly<Record<string, string>> = {
  '\u202f': ' ',
  '\u00a0': ' ',
  '✓': '[ok]',
  '✗': '[FAIL]',
  '·': '|',
  '…': '...',
  '–': '-',
  '—': '-',
  '−': '-',
  '±': '+-',
  '≥': '>=',
  '≤': '<=',
  '≠': '!=',
  '→': '->',
  '×': 'x',
  '²': '^2',
  α: 'alpha',
  β: 'beta',
  Λ: 'L',
  λ: 'l',
  '“': '"',
  '”': '"',
  '‘': "'",
  '’': "'",
  '─': '-',
  '⟨': '<',
  '⟩': '>',
};

export function toAscii(text: string): string {
  let ascii = '';
  for (const character of text) ascii += character.charCodeAt(0) < 128 ? character : (SPELLING[character] ?? '?');
  return ascii;
}
