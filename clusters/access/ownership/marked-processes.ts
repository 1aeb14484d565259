/**
 * Processes that carry a mark of ours: a random word in their environment, which only their own user (and root) can
 * read, and which their children inherit. Names, arguments and pids prove nothing: anybody can have the same.
 */
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { ProgramError, runProgram } from '../../../harness/process/run-program.ts';
import { childPids, identifyProcess, type ProcessIdentity } from './process-identity.ts';

export const MARK_VARIABLE = 'CANARYPROOF_PROCESS_MARK';

/**
 * Living processes of this user with one of the marks, in this pid namespace or below it (others cannot be seen).
 * @param marks at least 16 random bytes each, in hex
 */
export async function findMarked(marks: readonly string[]): Promise<ProcessIdentity[]> {
  if (marks.length === 0) return [];
  const found = await Promise.all(
    (await allPids()).map(async (pid) => ((await carries(pid, marks)) ? identifyProcess(pid) : undefined)),
  );
  return found.filter((identity) => identity !== undefined);
}

async function carries(pid: number, marks: readonly string[]): Promise<boolean> {
  try {
    if (pid === process.pid || (await stat(`/proc/${pid}`)).uid !== process.geteuid?.()) return false;
    const environment = (await readFile(`/proc/${pid}/environ`, 'latin1')).split('\0');
    return marks.some((mark) => environment.includes(`${MARK_VARIABLE}=${mark}`));
  } catch {
    return false; // gone, or not ours to read
  }
}

/** Name of the pid namespace of a process, such as `pid:[4026531836]`; undefined when it is gone or not ours. */
export async function pidNamespaceOf(pid: number | 'self'): Promise<string | undefined> {
  return readlink(`/proc/${pid}/ns/pid`).catch(() => undefined);
}

/**
 * The child that was started in another pid namespace than this process's. Without root unshare(1) has a second child for a
 * moment, which maps the ids and ends: it is in this namespace.
 */
export async function childInNamespaceOfItsOwn(parent: number): Promise<number | undefined> {
  const own = await pidNamespaceOf('self');
  for (const pid of await childPids(parent)) {
    const namespace = await pidNamespaceOf(pid);
    if (namespace !== undefined && namespace !== own) return pid;
  }
  return undefined;
}

/** Living processes in the namespace itself; those in namespaces below it end before its first process does. */
export async function findInPidNamespace(namespace: string): Promise<ProcessIdentity[]> {
  const found = await Promise.all(
    (await allPids()).map(async (pid) =>
      (await pidNamespaceOf(pid)) === namespace ? identifyProcess(pid) : undefined,
    ),
  );
  return found.filter((identity) => identity !== undefined);
}

async function allPids(): Promise<number[]> {
  return (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number);
}

/**
 * Kills processes, each after a last look: a handle of the process (pidfd) is opened, then start time, user and mark
 * are read again, and the signal goes to the handle. A pid that was given to another process in between is never hit.
 *
 * Node has no pidfd_send_signal(2); Python, with which the programs of a local cluster are installed, has. Where there
 * is none any more, the last look is this program's own, directly before kill(2).
 * @returns pids that were not killed because they are somebody else's by now, or gone
 */
export async function killMarked(targets: readonly ProcessIdentity[], marks: readonly string[]): Promise<number[]> {
  if (targets.length === 0) return [];
  const uid = process.geteuid?.() ?? -1;
  const input = JSON.stringify({ targets, uid, marks: marks.map((mark) => `${MARK_VARIABLE}=${mark}`) });
  try {
    const { stdout } = await runProgram(['python3', '-I', '-c', KILL_BY_HANDLE], { input, timeoutMs: 30_000 });
    return JSON.parse(stdout) as number[];
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    return killByPid(targets, marks);
  }
}

async function killByPid(targets: readonly ProcessIdentity[], marks: readonly string[]): Promise<number[]> {
  const spared: number[] = [];
  for (const { pid, startTicks } of targets) {
    const ours = (await carries(pid, marks)) && (await identifyProcess(pid))?.startTicks === startTicks;
    try {
      if (ours) process.kill(pid, 'SIGKILL');
      else spared.push(pid);
    } catch {
      spared.push(pid); // gone meanwhile
    }
  }
  return spared;
}

/** Reads {targets, uid, marks} and prints the pids that it spared. */
const KILL_BY_HANDLE = `
import json, os, signal, sys
order = json.load(sys.stdin)
marks = {mark.encode() for mark in order['marks']}
spared = []
for target in order['targets']:
    pid = target['pid']
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        spared.append(pid)
        continue
    try:
        owner = os.stat(f'/proc/{pid}').st_uid
        with open(f'/proc/{pid}/stat', 'rb') as file:
            started = file.read().rpartition(b')')[2].split()[19].decode()
        with open(f'/proc/{pid}/environ', 'rb') as file:
            marked = not marks.isdisjoint(file.read().split(b'\\0'))
        if owner == order['uid'] and started == target['startTicks'] and marked:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        else:
            spared.append(pid)
    except (OSError, IndexError):
        spared.append(pid)
    finally:
        os.close(handle)
print(json.dumps(spared))
`;
