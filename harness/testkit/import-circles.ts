/** Circles in a graph of imports: strongly connected components of more than one file (Tarjan 1972). */
import type { SourceFile } from './imports-of.ts';

export function importCircles(files: readonly SourceFile[]): readonly (readonly string[])[] {
  const importsOf = new Map(files.map(({ file, imports }) => [file, imports]));
  const index = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): void => {
    index.set(file, index.size);
    lowest.set(file, index.get(file)!);
    open.push(file);
    for (const imported of importsOf.get(file) ?? []) {
      if (!importsOf.has(imported)) continue;
      if (!index.has(imported)) visit(imported);
      if (open.includes(imported)) lowest.set(file, Math.min(lowest.get(file)!, lowest.get(imported)!));
    }
    if (lowest.get(file) !== index.get(file)) return;
    const circle = open.splice(open.indexOf(file));
    if (circle.length > 1) circles.push(circle.sort());
  };
  for (const { file } of files) if (!index.has(file)) visit(file);
  return circles;
}
