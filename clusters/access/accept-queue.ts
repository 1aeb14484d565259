/**
 * How many connections wait in front of a pod's listeners until its program accepts them: the kernel's own count, read in
 * the pod's network namespace. What waits there is in no metric of the program.
 */
import { readdir, readFile, readlink } from 'node:fs/promises';

const LISTENING = '0A';

/** @param table as in /proc/PID/net/tcp and tcp6 (Documentation/networking/proc_net_tcp.rst of the kernel) */
export function longestAcceptQueue(table: string): number {
  let longest = 0;
  for (const line of table.split('\n')) {
    const [, , , state, queues = ''] = line.trim().split(/\s+/);
    if (state !== LISTENING) continue;
    // of a listener the receive queue counts connections (sk_ack_backlog), not bytes
    const waiting = Number.parseInt(queues.split(':')[1] ?? '', 16);
    if (waiting > longest) longest = waiting;
  }
  return longest;
}

/**
 * @param namespace network namespace, as its link in /proc says it (`net:[4026532001]`)
 * @param pid that was in it the last time
 * @returns undefined: no process that may be read is in it
 */
export async function readAcceptQueue(
  namespace: string,
  pid: number | undefined,
): Promise<{ readonly pid: number; readonly waiting: number } | undefined> {
  if (pid !== undefined && (await namespaceOf(pid)) === namespace) return queueAt(pid);
  for (const name of await readdir('/proc')) {
    const candidate = Number(name);
    if (Number.isSafeInteger(candidate) && (await namespaceOf(candidate)) === namespace) return queueAt(candidate);
  }
  return undefined;
}

const namespaceOf = (pid: number): Promise<string | undefined> =>
  readlink(`/proc/${pid}/ns/net`).catch(() => undefined);

async function queueAt(pid: number): Promise<{ readonly pid: number; readonly waiting: number } | undefined> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => undefined)),
  );
  const [tcp, tcp6 = ''] = tables;
  if (tcp === undefined) return undefined;
  return { pid, waiting: Math.max(longestAcceptQueue(tcp), longestAcceptQueue(tcp6)) };
}
