/**
 * Quoted texts over several lines whose later lines are not indented below their key. YAML 1.2 forbids that, the parsers of
 * Go and with them Kubernetes read it, and generated CRDs are full of it. Pure.
 */

/** What leads is taken once: given back blank by blank, a line of blanks would take its length squared. */
const OPENS_QUOTE = /^(?=(\s*(?:- )*))\1(?:[^'"#\n]*?:\s+)?(['"])/;

/** Lines keep their number and meaning (folding drops leading blanks); only columns of continued lines change. */
export function withIndentedQuotes(text: string): string {
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const [head, lead, quote] = OPENS_QUOTE.exec(lines[index]!) ?? [];
    if (head === undefined || lead === undefined || isClosed(lines[index]!.slice(head.length), quote!)) continue;
    const end = lines.findIndex((line, at) => at > index && isClosed(line, quote!));
    if (end < 0) return text;
    for (let at = index + 1; at <= end; at += 1)
      if (lines[at]!.trim() !== '') lines[at] = `${' '.repeat(lead.length + 1)}${lines[at]}`;
    index = end;
  }
  return lines.join('\n');
}

function isClosed(rest: string, quote: string): boolean {
  const plain = quote === "'" ? rest.replaceAll("''", '') : rest.replace(/\\./g, '');
  return plain.includes(quote);
}
