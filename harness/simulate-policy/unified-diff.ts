/** Two texts as a unified diff that `git apply` takes. */
const CONTEXT = 3;

/** @returns an empty text where they are the same */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return '';
  const [a, b] = [linesOf(before), linesOf(after)];
  const hunks = hunksOf(changesOf(a, b), a.length);
  const texts = hunks.map((changes) => hunkText(changes, a, b));
  return `--- a/${path}\n+++ b/${path}\n${texts.join('')}`;
}

/** Each with its end of line, which the last may lack. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** Lines [from, to) of the one are lines [newFrom, newTo) of the other. */
interface Change {
  readonly from: number;
  readonly to: number;
  readonly newFrom: number;
  readonly newTo: number;
}

/** By the longest common subsequence of what lies between equal beginnings and ends. */
function changesOf(a: readonly string[], b: readonly string[]): readonly Change[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA -= 1;
    endB -= 1;
  }
  const common = commonLengths(a.slice(start, endA), b.slice(start, endB));
  const changes: Change[] = [];
  let [i, j] = [start, start];
  while (i < endA || j < endB) {
    if (i < endA && j < endB && a[i] === b[j]) {
      i += 1;
      j += 1;
      continue;
    }
    const [from, newFrom] = [i, j];
    while ((i < endA || j < endB) && !(i < endA && j < endB && a[i] === b[j]))
      if (j >= endB || (i < endA && common[i - start + 1]![j - start]! >= common[i - start]![j - start + 1]!)) i += 1;
      else j += 1;
    changes.push({ from, to: i, newFrom, newTo: j });
  }
  return changes;
}

function commonLengths(a: readonly string[], b: readonly string[]): readonly Uint32Array[] {
  const table = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      table[i]![j] = a[i] === b[j] ? table[i + 1]![j + 1]! + 1 : Math.max(table[i + 1]![j]!, table[i]![j + 1]!);
  return table;
}

function hunksOf(changes: readonly Change[], lines: number): readonly (readonly Change[])[] {
  const hunks: Change[][] = [];
  for (const change of changes) {
    const last = hunks.at(-1)?.at(-1);
    if (last && change.from - last.to <= 2 * CONTEXT) hunks.at(-1)!.push(change);
    else hunks.push([change]);
  }
  return lines === 0 ? hunks.slice(0, 1) : hunks;
}

function hunkText(changes: readonly Change[], a: readonly string[], b: readonly string[]): string {
  const [first, last] = [changes[0]!, changes.at(-1)!];
  const from = Math.max(0, first.from - CONTEXT);
  const to = Math.min(a.length, last.to + CONTEXT);
  const newFrom = first.newFrom - (first.from - from);
  const newTo = last.newTo + (to - last.to);
  const parts: string[] = [];
  let at = from;
  for (const change of changes) {
    parts.push(...a.slice(at, change.from).map((line) => ` ${line}`));
    parts.push(...a.slice(change.from, change.to).map((line) => `-${line}`));
    parts.push(...b.slice(change.newFrom, change.newTo).map((line) => `+${line}`));
    at = change.to;
  }
  parts.push(...a.slice(at, to).map((line) => ` ${line}`));
  const lines = parts.map((line) => (line.endsWith('\n') ? line : `${line}\n\\ No newline at end of file\n`));
  const range = (start: number, count: number) => `${count === 0 ? start : start + 1},${count}`;
  return `@@ -${range(from, to - from)} +${range(newFrom, newTo - newFrom)} @@\n${lines.join('')}`;
}
