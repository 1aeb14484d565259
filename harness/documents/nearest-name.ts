/** "Did you mean": the known name that is nearest to what was typed, by edits of one character (also two swapped ones). */

const SHORTEST_BEGINNING = 3;

/**
 * A name that was typed only in part wins (`rate` for `ratePerSecond`). Undefined when nothing is near enough: more than
 * a third of the letters, or more than three, would have to change.
 */
export function nearestName(typed: string, known: Iterable<string>): string | undefined {
  const names = [...known];
  const begun = names.filter((name) => name.toLowerCase().startsWith(typed.toLowerCase()));
  if (typed.length >= SHORTEST_BEGINNING && begun.length === 1) return begun[0];
  let best: { name: string; edits: number } | undefined;
  for (const name of names) {
    const edits = editDistance(typed.toLowerCase(), name.toLowerCase());
    const allowed = Math.min(3, Math.ceil(Math.max(typed.length, name.length) / 3));
    if (edits <= allowed && (best === undefined || edits < best.edits)) best = { name, edits };
  }
  return best?.name;
}

/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours each count one. */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const same = from[i - 1] === to[j - 1];
      let edits = Math.min(row[j - 1]! + 1, last[j]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1])
        edits = Math.min(edits, beforeLast[j - 2]! + 1);
      row.push(edits);
    }
    beforeLast = last;
    last = row;
  }
  return last[to.length]!;
}
