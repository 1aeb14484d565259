/** Starts, finds and ends the process that serves a cluster's Git repositories. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { environmentError } from '../../../harness/errors/harness-error.ts';
import { identifyProcess, isAlive } from '../ownership/process-identity.ts';
import { siblingScript } from '../sibling-script.ts';

const START_MS = 10_000;
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
 * @param folder of the cluster: gets `git/`, `git-server.json` and `git-server.log`
 * @param host address of this machine as the cluster's nodes see it
 * @throws HarnessError GIT_SERVER_FAILED
 */
export async function ensureGitServer(folder: string, host: string): Promise<GitServer> {
  const directory = path.join(folder, 'git');
  const stateFile = stateFileOf(folder);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const before = await readState(stateFile);
  if (before && before.host === host && (await isAlive(before.process))) return served(directory, before);
  await stopGitServer(folder);
  const logFile = path.join(folder, 'git-server.log');
  const log = openSync(logFile, 'a', 0o600);
  const script = siblingScript(import.meta.url, 'git-server');
  const argv = [script, stateFile, directory, host, String(before?.host === host ? before.port : 0)];
  const child = spawn(process.execPath, argv, { detached: true, stdio: ['ignore', log, log] });
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

/** Ends the server, also when its state was never written. */
export async function stopGitServer(folder: string): Promise<void> {
  const stateFile = stateFileOf(folder);
  for (const pid of (await readdir('/proc').catch(() => [])).filter((entry) => /^\d+$/.test(entry)).map(Number)) {
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    const at = argv.findIndex((word) => /^git-server\.(ts|mjs)$/.test(path.basename(word)));
    if (at < 0 || argv[at + 1] !== stateFile) continue;
    const identity = await identifyProcess(pid);
    if (!identity) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // gone meanwhile
    }
    const deadline = Date.now() + START_MS;
    while (Date.now() < deadline && (await isAlive(identity))) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await rm(stateFile, { force: true });
}

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
