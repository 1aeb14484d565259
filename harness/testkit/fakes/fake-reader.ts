/** An argv prefix that runs in the place of a pod's reader: prints these lines, then stays until its stdin ends. */
import type { ReaderLine } from '../../evidence/reader-lines.ts';

const PROGRAM = [
  'const { lines, end } = JSON.parse(process.argv[1]);',
  'for (const line of lines) process.stdout.write(JSON.stringify(line) + "\\n");',
  'if (end !== undefined) { process.stderr.write(end); process.exit(3); }',
  'process.stdin.resume().on("end", () => process.exit(0));',
].join('\n');

/** @param end what it says before it ends by itself */
export function fakeReader(lines: readonly ReaderLine[], end?: string): readonly string[] {
  return [process.execPath, '-e', PROGRAM, JSON.stringify({ lines, end })];
}
