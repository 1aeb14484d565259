/**
 * `history/SUBJECT/RUN.jsonl`: a line a claim, a file a run. A file appears whole or not at all and is never written
 * again, so two nights at once, on one machine or on two, never write into one file, and a merge of two histories is
 * the union of their files. Reading takes every `.jsonl` below the folder, so files may also be concatenated.
 */
import { createHash, randomUUID } from 'node:crypto';
import { link, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { HistoryLine } from '../../reports/model/history/history-line.ts';
import type { HistoryProblem } from '../../reports/model/history/history-report.ts';
import { environmentError, usageError } from '../errors/harness-error.ts';
import { writeFileAtomic } from '../process/atomic-file.ts';
import { readRegularFile } from '../process/regular-file.ts';
import { type ParsedHistory, parseHistory } from './parse-history.ts';

/** A year of nights of one profile stays far below it; a file beyond is somebody else's. */
const LARGEST_FILE_BYTES = 64 * 1024 ** 2;

/**
 * Adds the lines of one run; adding them again changes nothing.
 * @returns the file; undefined when there is nothing to keep
 * @throws HarnessError HISTORY_CONTRADICTION (exit 2) when the run is kept with other lines; FILE_NOT_WRITTEN (exit 3)
 */
export async function keepRun(folder: string, lines: readonly HistoryLine[]): Promise<string | undefined> {
  const [first] = lines;
  if (first === undefined) return undefined;
  const file = path.join(folder, fileName(first.subject.name), `${fileName(first.run.id)}.jsonl`);
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const whole = `${file}.${randomUUID()}.part`;
  await mkdir(path.dirname(file), { recursive: true }).catch((cause: unknown) => {
    throw unwritable(file, cause);
  });
  await writeFileAtomic(whole, text);
  try {
    // unlike a rename, a link never replaces what is there
    await link(whole, file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(file, cause);
    if ((await readText(file)) !== text)
      throw usageError('HISTORY_CONTRADICTION', `run ${first.run.id} is kept already, with other lines`, {
        where: file,
        hint: 'A kept run is never changed; was its result.json, or the revision, another one then?',
        cause,
      });
  } finally {
    await rm(whole, { force: true });
  }
  return file;
}

/**
 * Everything that the folder holds. A folder that is not there is an empty history.
 * @throws HarnessError HISTORY_UNREADABLE (exit 3)
 */
export async function readHistory(folder: string): Promise<ParsedHistory> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw environmentError('HISTORY_UNREADABLE', 'the history cannot be read', {
      where: folder,
      hint: 'Give the folder in which it is kept (--history DIR).',
      cause,
    });
  });
  const files = names
    .filter((entry) => entry.name.endsWith('.jsonl'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  const parts: ParsedHistory[] = [];
  for (const file of files) {
    const shown = path.relative(folder, file);
    const text = await readText(file).catch((error: unknown) => error as Error);
    parts.push(
      typeof text === 'string' ? parseHistory(text, shown) : { lines: [], problems: [foreign(shown, text.message)] },
    );
  }
  return { lines: parts.flatMap(({ lines }) => lines), problems: parts.flatMap(({ problems }) => problems) };
}

/** Of a regular file that is no link, and no larger than any history. */
async function readText(file: string): Promise<string> {
  const found = await lstat(file);
  if (!found.isFile()) throw new Error('it is no regular file');
  if (found.size > LARGEST_FILE_BYTES) throw new Error('it is larger than any history');
  // looked at again when it is open: it may have been exchanged for a pipe since
  return (await readRegularFile(file, LARGEST_FILE_BYTES)).toString('utf8');
}

function foreign(where: string, why: string): HistoryProblem {
  return {
    code: 'HISTORY_FOREIGN',
    where,
    sentence: `the file was not read: ${why}`,
    hint: 'A history folder holds only what canaryproof wrote; move the file elsewhere.',
  };
}

/** One component of a path; names that had to be changed stay apart by a hash. */
function fileName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+/, '');
  if (plain === name && plain.length <= 100) return plain;
  return `${plain.slice(0, 80)}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

function unwritable(where: string, cause: unknown): Error {
  return environmentError('HISTORY_UNWRITABLE', 'the history cannot be written', {
    where,
    hint: 'May this user write there, is there space left, and does the file system know hard links?',
    cause,
  });
}
