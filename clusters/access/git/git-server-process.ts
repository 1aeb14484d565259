/** Starts, finds and ends the process that serves a cluster's Git repositories. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { environmentError } from '../../../harness/errors/harness-error.ts';
import { writeFileAtomic } from '../../../harness/process/atomic-file.ts';
import { findMarked, killMarked, MARK_VARIABLE } from '../ownership/marked-processes.ts';
import { isAlive, type ProcessIdentity } from '../ownership/process-identity.ts';
import { siblingScript } from '../sibling-script.ts';

const START_MS = 10_000;
const GONE_MS = 30_000;
const stateSchema = z.object({
  process: z.object({ pid: z.int(), startTicks: z.string() }),
  host: z.string(),
  port: z.int(),
});

export interface GitServer {
  /** Folder of bare repositories. */
  readonly directory: string;
  /** Base URL as the pods reach it. */
  readonly url: string;
}

/**
 * The running server, or a new one on the old port, so that repositories keep their URL.
 * @param folder of the cluster: gets `git/`, `git-server.json`, `git-server.mark` and `git-server.log`
 * @param host address of this machine as the cluster's nodes see it
 * @throws HarnessError GIT_SERVER_FAILED
 */
export async function ensureGitServer(folder: string, host: string): Promise<GitServer> {
  const directory = path.join(folder, 'git');
  const stateFile = stateFileOf(folder);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const before = await readState(stateFile);
  if (before && before.host === host && (await isOurs(folder, before.process))) return served(directory, before);
  await stopGitServer(folder);
  const logFile = path.join(folder, 'git-server.log');
  const log = openSync(logFile, 'a', 0o600);
  const script = siblingScript(import.meta.url, 'git-server');
  const argv = [script, stateFile, directory, host, String(before?.host === host ? before.port : 0)];
  // before it starts, so that whoever takes the cluster down finds it whatever was killed meanwhile
  const mark = randomBytes(16).toString('hex');
  await writeFileAtomic(markFileOf(folder), `${mark}\n`, 0o600);
  const env = { ...process.env, [MARK_VARIABLE]: mark };
  const child = spawn(process.execPath, argv, { detached: true, env, stdio: ['ignore', log, log] });
  closeSync(log);
  let ended = false;
  child.once('exit', () => {
    ended = true;
  });
  child.once('error', () => {
    ended = true;
  });
  child.unref();
  const deadline = Date.now() + START_MS;
  for (;;) {
    const state = await readState(stateFile);
    if (state && state.process.pid === child.pid) return served(directory, state);
    if (ended || Date.now() > deadline) {
      const tail = await readFile(logFile, 'utf8').catch(() => '');
      throw environmentError('GIT_SERVER_FAILED', `the Git server did not start at ${host}\n${tail.slice(-800)}`, {
        where: logFile,
        hint: 'Argo CD reads the run from it. Is that an address of this machine?',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * Ends the server, also when its state was never written: by its mark, since anybody may have the same arguments.
 * @throws HarnessError GIT_SERVER_WONT_DIE
 */
export async function stopGitServer(folder: string): Promise<void> {
  const marks = await readMarks(folder);
  const deadline = performance.now() + GONE_MS;
  const killed = new Map<number, ProcessIdentity>();
  for (;;) {
    const marked = await findMarked(marks);
    for (const one of marked) killed.set(one.pid, one);
    // a process that ends gives its environment, and the mark in it, back before it is gone
    const states = await Promise.all([...killed.values()].map(async (one) => ({ one, lives: await isAlive(one) })));
    const left = states.filter(({ lives }) => lives).map(({ one }) => one);
    if (left.length === 0) break;
    if (performance.now() > deadline)
      throw environmentError('GIT_SERVER_WONT_DIE', `process ${left[0]?.pid} survives SIGKILL`, {
        where: folder,
        hint: 'It waits for the kernel (often a hanging disk); run `canaryproof down` again later.',
      });
    await killMarked(marked, marks);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await rm(stateFileOf(folder), { force: true });
  await rm(markFileOf(folder), { force: true });
}

async function isOurs(folder: string, { pid, startTicks }: ProcessIdentity): Promise<boolean> {
  const found = await findMarked(await readMarks(folder));
  return found.some((each) => each.pid === pid && each.startTicks === startTicks);
}

async function readMarks(folder: string): Promise<readonly string[]> {
  const mark = (await readFile(markFileOf(folder), 'utf8').catch(() => '')).trimEnd();
  return /^[0-9a-f]{32}$/.test(mark) ? [mark] : [];
}

const markFileOf = (folder: string): string => path.join(folder, 'git-server.mark');

function stateFileOf(folder: string): string {
  return path.join(folder, 'git-server.json');
}

async function readState(file: string): Promise<z.infer<typeof stateSchema> | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : stateSchema.safeParse(JSON.parse(text)).data;
}

function served(directory: string, { host, port }: { readonly host: string; readonly port: number }): GitServer {
  return { directory, url: `http://${host}:${port}` };
}
