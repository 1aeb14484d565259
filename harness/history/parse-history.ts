/** Text of a history file -> its lines, and a problem for each that cannot be believed. Pure. */
import {
  HISTORY_SCHEMA_VERSION,
  type HistoryLine,
  historyLineSchema,
} from '../../reports/model/history/history-line.ts';
import type { HistoryProblem } from '../../reports/model/history/history-report.ts';

export interface ParsedHistory {
  readonly lines: readonly HistoryLine[];
  readonly problems: readonly HistoryProblem[];
}

const HINTS = {
  HISTORY_SCHEMA_NEWER: 'Read it with the canaryproof that wrote it, or a newer one; the line stays as it is.',
  HISTORY_MERGE_CONFLICT: 'Keep both sides and delete the markers: lines may stand in any order.',
  HISTORY_CUT_SHORT:
    'The run is kept as far as it goes; write it again with `history --add RUN_DIR` in a clean folder.',
  HISTORY_LINE_DAMAGED: 'Restore the line from where the history is kept (git log), or add the run again.',
  HISTORY_FOREIGN: 'A history folder holds only what canaryproof wrote; move the file elsewhere.',
} as const;
type Code = keyof typeof HINTS;

/** @param file for messages */
export function parseHistory(text: string, file: string): ParsedHistory {
  const lines: HistoryLine[] = [];
  const problems: HistoryProblem[] = [];
  const report = (code: Code, where: string, sentence: string) =>
    problems.push({ code, where, sentence, hint: HINTS[code] });
  const rows = text.split('\n');
  for (const [index, row] of rows.entries()) {
    if (row.trim() === '') continue;
    const where = `${file}:${index + 1}`;
    const isLast = index === rows.length - 1;
    if (/^(<{7}|={7}|>{7}|\|{7})/.test(row)) {
      report('HISTORY_MERGE_CONFLICT', where, 'a merge left its markers here');
      continue;
    }
    const document = parsedJson(row);
    if (document === undefined) {
      if (isLast) report('HISTORY_CUT_SHORT', where, 'the last line ends in the middle');
      else report('HISTORY_LINE_DAMAGED', where, 'the line is not JSON');
      continue;
    }
    const version = versionOf(document);
    if (version === undefined) {
      report('HISTORY_FOREIGN', where, 'the line has no schemaVersion, so it is not of a history');
      continue;
    }
    if (version !== HISTORY_SCHEMA_VERSION && Number(version) > Number(HISTORY_SCHEMA_VERSION)) {
      const told = `the line has schema version ${version}, this canaryproof reads version ${HISTORY_SCHEMA_VERSION}`;
      report('HISTORY_SCHEMA_NEWER', where, told);
      continue;
    }
    const parsed = historyLineSchema.safeParse(document);
    if (parsed.success) lines.push(parsed.data);
    else {
      const [first] = parsed.error.issues;
      const told = `the line does not match its schema: ${first?.path.join('.') || '(top)'}: ${first?.message}`;
      report('HISTORY_LINE_DAMAGED', where, told);
    }
  }
  return { lines, problems };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function versionOf(document: unknown): string | undefined {
  const version =
    typeof document === 'object' && document !== null ? Reflect.get(document, 'schemaVersion') : undefined;
  return typeof version === 'string' && /^\d{1,9}$/.test(version) ? version : undefined;
}
