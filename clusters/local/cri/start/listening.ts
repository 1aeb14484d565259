/**
 * When a stand-in counts as started: when it listens. It is not the program that is proven, and how long its own start
 * takes says nothing of a pod without a readiness probe, to which requests go as soon as its container runs.
 */
import { readFile } from 'node:fs/promises';
import { pause } from '../../../../harness/process/pause.ts';
import type { ContainerRecord } from '../cri-records.ts';
import { firstPort } from '../cri-replaced-program.ts';

/** A stand-in that does not listen by then is as started as it gets; its log says why. */
const LONGEST_MS = 5_000;
const LOOK_MS = 20;
/** TCP_LISTEN of the kernel's include/net/tcp_states.h. */
const LISTEN = '0A';

/** @param table text of /proc/PID/net/tcp or tcp6: addresses as hexadecimal numbers, `00000000:1F90` */
export function listensAt(table: string, port: number): boolean {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return table.split('\n').some((line) => {
    const [, local, , state] = line.trim().split(/\s+/);
    return state === LISTEN && local?.endsWith(`:${wanted}`);
  });
}

/** Resolves when somebody in the network of this process listens at the port, when it is gone, or after a while. */
export async function untilListening(pid: number, port: number, longestMs = LONGEST_MS): Promise<void> {
  const deadline = performance.now() + longestMs;
  while (performance.now() < deadline) {
    const tables = await Promise.all(['tcp', 'tcp6'].map((name) => tableOf(pid, name)));
    if (tables.every((table) => table === undefined)) return;
    if (tables.some((table) => table !== undefined && listensAt(table, port))) return;
    await pause(LOOK_MS);
  }
}

function tableOf(pid: number, name: string): Promise<string | undefined> {
  return readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => undefined);
}

/** Resolves when a container counts as running: at once, but for a stand-in. Never rejects. */
export async function serves({ config, image }: Pick<ContainerRecord, 'config' | 'image'>, pid: number): Promise<void> {
  if (image.replaces === 'stand-in') await untilListening(pid, firstPort(config));
}
