/** Plain text broken at spaces to a width in columns; a word longer than the width is broken hard. */
import { displayWidth } from './display-width.ts';

export function wrapText(text: string, width: number): string[] {
  const limit = Math.max(8, width);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (displayWidth(joined) <= limit) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (displayWidth(line) > limit) {
      const head = takeColumns(line, limit);
      lines.push(head);
      line = line.slice(head.length);
    }
  }
  lines.push(line);
  return lines;
}

/** The longest start of `text` that fits into `columns`, at least one character. */
function takeColumns(text: string, columns: number): string {
  let taken = '';
  for (const character of text) {
    if (taken !== '' && displayWidth(taken + character) > columns) break;
    taken += character;
  }
  return taken;
}
