/**
 * `runs/<id>/`: everything one run leaves. `run.json` says from the first moment what the run is and how far it got;
 * evidence grows beside it; `result.json` appears last and whole, and every report is remade from it.
 *
 * @throws HarnessError DISK_FULL, RUN_DIRECTORY_UNWRITABLE (exit 3).
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { mapStrings } from '../../reports/model/control-characters.ts';
import type { RunReport } from '../../reports/model/run-report.ts';
import { writeFileAtomic } from '../process/atomic-file.ts';
import { createGrowingFile, storageError } from './growing-file.ts';
import { hashFile } from './hash-file.ts';
import { createLinesFile, type LinesFile } from './lines-file.ts';
import { createSamplesFile, type SamplesFile } from './samples-file.ts';

export const RUN_RECORD_FILE = 'run.json';
export const RESULT_FILE = 'result.json';
const EVENTS_FILE = 'events.jsonl';

/** `run.json`. */
export const runRecordSchema = z.object({
  schemaVersion: z.literal('1'),
  id: z.string(),
  kind: z.enum(['conform', 'assert-split', 'capacity']),
  startedAt: z.number(),
  command: z.array(z.string()),
  state: z.enum(['running', 'finished', 'failed']).describe('finished: result.json is there, whatever its outcome'),
  failure: z.object({ code: z.string(), message: z.string() }).optional(),
});
type RunRecord = z.infer<typeof runRecordSchema>;

export interface RunDirectoryOptions {
  /** Where runs are kept; made when missing. */
  readonly parent: string;
  readonly kind: RunRecord['kind'];
  readonly command: readonly string[];
  /** Takes the user's secrets out of a text before it is recorded; default: there are none. */
  readonly hide?: (text: string) => string;
  now(): number;
}

export interface RunDirectory {
  readonly id: string;
  readonly path: string;
  /** One line of `events.jsonl`. */
  recordEvent(event: Readonly<Record<string, unknown>>): void;
  /** A new sample file, such as `samples-ingress.jsonl.gz`. */
  createSamples(name: string): SamplesFile;
  /** A new file of JSON lines, such as `objects.jsonl.gz`. */
  createLines(name: string): LinesFile;
  /** Whole or not there at all. Programs may also write into the directory themselves, before it is sealed. */
  writeEvidence(relativePath: string, content: string | Uint8Array): Promise<void>;
  /** Ends `events.jsonl` and every sample file, and lists all that is there with its hash, sorted by path. */
  sealEvidence(): Promise<RunReport['appendix']['files']>;
  /** Writes the reports, `result.json` last, and marks the run as finished. */
  finish(reports: ReadonlyMap<string, string | Uint8Array>): Promise<void>;
  /** Says in `run.json` why there is no result. Never throws: the first error matters more. */
  abandon(failure: { readonly code: string; readonly message: string }): Promise<void>;
}

export async function createRunDirectory(options: RunDirectoryOptions): Promise<RunDirectory> {
  const startedAt = options.now();
  const hide = options.hide ?? ((text: string) => text);
  const { id, directory } = await makeDirectory(options.parent, startedAt);
  const record: RunRecord = {
    schemaVersion: '1',
    id,
    kind: options.kind,
    startedAt,
    command: [...options.command],
    state: 'running',
  };
  await saveRecord(record);
  const events = createGrowingFile(path.join(directory, EVENTS_FILE));
  const samples = new Map<string, Pick<SamplesFile, 'close'>>();

  async function save(relativePath: string, content: string | Uint8Array): Promise<void> {
    const file = path.join(directory, relativePath);
    await writeFileAtomic(file, content).catch((error: unknown) => {
      throw storageError(file, error);
    });
  }
  function saveRecord(next: RunRecord): Promise<void> {
    return save(RUN_RECORD_FILE, `${JSON.stringify(next, null, 2)}\n`);
  }

  return {
    id,
    path: directory,
    recordEvent: (event) => events.append(Buffer.from(`${JSON.stringify(mapStrings(event, hide))}\n`)),
    createSamples(name) {
      const file = createSamplesFile(path.join(directory, name));
      samples.set(name, file);
      return file;
    },
    createLines(name) {
      const file = createLinesFile(path.join(directory, name));
      samples.set(name, file);
      return file;
    },
    writeEvidence: save,
    async sealEvidence() {
      for (const file of samples.values()) file.close();
      events.close();
      return listEvidence(directory);
    },
    async finish(reports) {
      const result = reports.get(RESULT_FILE);
      if (result === undefined) throw new TypeError(`the reports of a run must hold ${RESULT_FILE}`);
      for (const [relativePath, content] of reports)
        if (relativePath !== RESULT_FILE) await save(relativePath, content);
      await save(RESULT_FILE, result);
      await saveRecord({ ...record, state: 'finished' });
    },
    async abandon(failure) {
      for (const file of [...samples.values(), events]) {
        try {
          file.close();
        } catch {
          // A last block that does not fit any more: what is there stays readable.
        }
      }
      await saveRecord(mapStrings({ ...record, state: 'failed' as const, failure }, hide)).catch(() => undefined);
    },
  };
}

async function listEvidence(directory: string): Promise<RunReport['appendix']['files']> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .filter((relativePath) => relativePath !== RUN_RECORD_FILE)
    .sort();
  const files: RunReport['appendix']['files'] = [];
  for (const relativePath of paths)
    files.push({ path: relativePath, ...(await hashFile(path.join(directory, relativePath))) });
  return files;
}

/** Sortable by start, and unique even when two runs start in the same millisecond: mkdir refuses the second one. */
async function makeDirectory(parent: string, startedAt: number): Promise<{ id: string; directory: string }> {
  const stamp = new Date(startedAt).toISOString().replace(/[-:]/g, '').replace('T', '-').replace('.', '-').slice(0, 19);
  try {
    await mkdir(parent, { recursive: true });
    for (;;) {
      const id = `${stamp}-${randomBytes(3).toString('hex')}`;
      const directory = path.join(parent, id);
      try {
        // what was sent, to whom and what came back is for whoever ran it, also while it runs
        await mkdir(directory, { mode: 0o700 });
        return { id, directory };
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
    }
  } catch (error) {
    throw storageError(parent, error);
  }
}
