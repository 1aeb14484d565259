/** Moments that mean something within one boot only: pids, inodes of namespaces, time since the machine started. */
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { z } from 'zod';

export const bootMomentSchema = z.object({ id: z.string(), upMs: z.number() });
/** A moment of this boot: the kernel's id of it, and milliseconds since it (sleep counts). */
export type BootMoment = z.infer<typeof bootMomentSchema>;

export async function bootMoment(): Promise<BootMoment> {
  // where the kernel has no such id, every moment is of another boot, and the wall clock decides
  const id = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return { id: id.trim(), upMs: os.uptime() * 1000 };
}
