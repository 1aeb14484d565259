/**
 * Where sockets and mount points of local clusters lie while they run: a folder that only this user can enter, under a
 * path short enough for a unix socket's name (107 bytes), and never under a name in a shared folder that somebody else
 * could have foreseen and made first.
 */
import { lstat, mkdtemp, readFile, rm, rmdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { writeFileAtomic } from '../../harness/process/atomic-file.ts';
import { makePrivateFolder, notPrivate } from '../../harness/process/private-folder.ts';
import { makeStateRoot } from '../access/ownership/state-root.ts';

/** 107 less the longest name below it: `/<key of 12>/volatile/kubelet/pod-resources/2683058860`. */
export const LONGEST_RUNTIME_ROOT = 107 - '/0123456789ab/volatile/kubelet/pod-resources/2683058860'.length;

const RECORD = '.runtime-root';

export interface RuntimeHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  /** `/run` outside of tests. */
  readonly run: string;
  readonly temporary: string;
}

/**
 * `/run/canaryproof` for root; `canaryproof` below `$XDG_RUNTIME_DIR` or `/run/user/<uid>` for others. Where a system
 * has neither: a folder of a random name in the temporary folder, whose name is kept in `stateRoot`.
 * @throws HarnessError FOLDER_NOT_PRIVATE, STATE_FOLDER_UNUSABLE
 */
export async function makeRuntimeRoot(stateRoot: string, host: RuntimeHost = thisHost()): Promise<string> {
  const candidates =
    host.uid === 0 ? [host.run] : [host.env.XDG_RUNTIME_DIR, path.join(host.run, 'user', `${host.uid}`)];
  for (const parent of candidates) {
    if (!parent || !path.isAbsolute(parent)) continue;
    const root = path.join(parent, 'canaryproof');
    if (Buffer.byteLength(root) > LONGEST_RUNTIME_ROOT || !(await isUsable(parent, host.uid))) continue;
    await makePrivateFolder(root);
    return root;
  }
  return randomRoot(stateRoot, host);
}

/** `/run` is root's and everybody may read it; a user's folder has to be that user's alone. */
async function isUsable(parent: string, uid: number): Promise<boolean> {
  const found = await lstat(parent).catch(() => undefined);
  if (found === undefined) return false;
  if (uid !== 0) return notPrivate(found) === undefined;
  return found.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0;
}

async function randomRoot(stateRoot: string, { temporary }: RuntimeHost): Promise<string> {
  await makeStateRoot(stateRoot);
  const record = path.join(stateRoot, RECORD);
  const known = (await readFile(record, 'utf8').catch(() => '')).trimEnd();
  // somebody else may have made it since, after the temporary folder was emptied
  const found = known === '' ? undefined : await lstat(known).catch(() => undefined);
  if (found && notPrivate(found) === undefined) return known;
  const made = await mkdtemp(path.join(temporary, 'cp-'));
  await writeFileAtomic(record, `${made}\n`, 0o600);
  return made;
}

/** Removes a folder of a random name when no cluster is in it any more; the system's own places stay. */
export async function leaveRuntimeRoot(stateRoot: string): Promise<void> {
  const record = path.join(stateRoot, RECORD);
  const known = (await readFile(record, 'utf8').catch(() => '')).trimEnd();
  if (known === '') return;
  const found = await lstat(known).catch(() => undefined);
  // rmdir(2) removes an empty folder only, and no link
  if (
    found &&
    notPrivate(found) === undefined &&
    !(await rmdir(known).then(
      () => true,
      () => false,
    ))
  )
    return;
  await rm(record, { force: true });
}

function thisHost(): RuntimeHost {
  const uid = process.geteuid?.() ?? -1;
  // a temporary folder of the user's own choice may have a long name
  const temporary = os.tmpdir().length <= LONGEST_RUNTIME_ROOT - '/cp-XXXXXX'.length ? os.tmpdir() : '/tmp';
  return { env: process.env, uid, run: '/run', temporary };
}
