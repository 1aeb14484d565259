import { expect, test } from 'vitest';
import { historyLinesOf } from '../../reports/model/history/history-line.ts';
import { nightReport } from '../testkit/sample-history.ts';
import { parseHistory } from './parse-history.ts';

const lines = historyLinesOf(nightReport({ night: 0, commit: 'a'.repeat(40) }), undefined);
const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
const [first = ''] = text.split('\n');

test('every line comes back as it was', () => {
  expect(parseHistory(text, 'a.jsonl')).toEqual({ lines, problems: [] });
  expect(parseHistory('', 'a.jsonl')).toEqual({ lines: [], problems: [] });
});

test.each([
  ['HISTORY_CUT_SHORT', text.slice(0, -20), lines.length - 1],
  ['HISTORY_LINE_DAMAGED', `{"half\n${text}`, lines.length],
  ['HISTORY_LINE_DAMAGED', `{"schemaVersion":"1"}\n${text}`, lines.length],
  ['HISTORY_LINE_DAMAGED', `${first.replace('"outcome":"passed"', '"outcome":"fine"')}\n${text}`, lines.length],
  ['HISTORY_SCHEMA_NEWER', `{"schemaVersion":"2","all":"new"}\n${text}`, lines.length],
  ['HISTORY_FOREIGN', `{"time":1,"msg":"a log"}\n${text}`, lines.length],
  ['HISTORY_FOREIGN', `42\n${text}`, lines.length],
  ['HISTORY_MERGE_CONFLICT', `<<<<<<< ours\n${text}`, lines.length],
])('%s is said with its place, and the other lines are kept', (code, damaged, kept) => {
  const { lines: read, problems } = parseHistory(damaged, 'a.jsonl');
  expect(read).toHaveLength(kept);
  expect(problems).toEqual([expect.objectContaining({ code, where: expect.stringMatching(/^a\.jsonl:\d+$/) })]);
});
