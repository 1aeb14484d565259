import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { historyLinesOf } from '../../reports/model/history/history-line.ts';
import { nightReport, tenNights } from '../testkit/sample-history.ts';
import { keepRun, readHistory } from './history-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-history-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const linesOf = (night: number) => historyLinesOf(nightReport({ night, commit: 'a'.repeat(40) }), undefined);
const ids = async () => [...new Set((await readHistory(folder)).lines.map(({ run }) => run.id))].sort();

test('two nights at once, each run written by both: every line once, and nothing else in the folder', async () => {
  const nights = tenNights().map((report) => historyLinesOf(report, undefined));
  await Promise.all([...nights, ...nights].map((lines) => keepRun(folder, lines)));
  expect(await ids()).toHaveLength(10);
  expect((await readHistory(folder)).lines).toHaveLength(nights.flat().length);
  expect(await readdir(path.join(folder, 'bookinfo'))).toHaveLength(10);
});

test('a kept run is never changed', async () => {
  const file = (await keepRun(folder, linesOf(1))) ?? '';
  const before = await readFile(file, 'utf8');
  const other = historyLinesOf(nightReport({ night: 1, commit: 'b'.repeat(40) }), undefined);
  await expect(keepRun(folder, other)).rejects.toMatchObject({ code: 'HISTORY_CONTRADICTION', exitCode: 2 });
  expect(await readFile(file, 'utf8')).toBe(before);
  expect(await readdir(path.dirname(file))).toEqual([path.basename(file)]);
});

test('the histories of two machines, copied together or concatenated, are one', async () => {
  await keepRun(path.join(folder, 'here'), linesOf(1));
  await keepRun(path.join(folder, 'there'), linesOf(2));
  const all = [...linesOf(2), ...linesOf(3)].map((line) => `${JSON.stringify(line)}\n`).join('');
  await writeFile(path.join(folder, 'old.jsonl'), all);
  expect(await ids()).toEqual(['run-001', 'run-002', 'run-003']);
});

test('names lead nowhere but into the folder, and stay apart', async () => {
  const [line] = linesOf(1);
  const named = (name: string, id: string) => [
    { ...line!, subject: { ...line!.subject, name }, run: { ...line!.run, id } },
  ];
  const files = [
    await keepRun(folder, named('http://a.test/x?y', '../../run')),
    await keepRun(folder, named('http://a.test/x y', '../../run')),
    await keepRun(folder, named('..', '.')),
  ];
  for (const file of files) expect(path.relative(folder, file ?? '')).toMatch(/^[A-Za-z0-9-][\w.-]*\/[\w.-]+\.jsonl$/);
  expect(new Set(files).size).toBe(3);
});

test('a folder that is not there is empty; links and what is no file are said and not read', async () => {
  expect(await readHistory(path.join(folder, 'nowhere'))).toEqual({ lines: [], problems: [] });
  await writeFile(path.join(folder, 'outside'), 'secret');
  await mkdir(path.join(folder, 'h', 'folder.jsonl'), { recursive: true });
  await symlink('../outside', path.join(folder, 'h', 'link.jsonl'));
  const { lines, problems } = await readHistory(path.join(folder, 'h'));
  expect(lines).toEqual([]);
  expect(problems.map(({ code, where }) => [code, where])).toEqual([
    ['HISTORY_FOREIGN', 'folder.jsonl'],
    ['HISTORY_FOREIGN', 'link.jsonl'],
  ]);
  await expect(readHistory(path.join(folder, 'outside'))).rejects.toMatchObject({ code: 'HISTORY_UNREADABLE' });
});
