/**
 * When a cluster's time is up. A wall clock can be set or jump, and a cluster must not go for that: within one boot the
 * time since boot has to say so as well.
 */
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { z } from 'zod';
import { LIFETIME_MS } from './ownership.ts';

export const bootMomentSchema = z.object({ id: z.string(), upMs: z.number() });
/** A moment of this boot: the kernel's id of it, and milliseconds since it (sleep counts). */
export type BootMoment = z.infer<typeof bootMomentSchema>;

export async function bootMoment(): Promise<BootMoment> {
  // where the kernel has no such id, every moment is of another boot, and the wall clock decides
  const id = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return { id: id.trim(), upMs: os.uptime() * 1000 };
}

export interface Lifetime {
  /** Unix milliseconds. */
  readonly expiresAt: number;
  readonly madeAt?: BootMoment | undefined;
}

export function isExpired({ expiresAt, madeAt }: Lifetime, nowMs: number, boot: BootMoment): boolean {
  if (expiresAt > nowMs) return false;
  if (madeAt === undefined || madeAt.id === '' || madeAt.id !== boot.id) return true;
  return boot.upMs - madeAt.upMs >= LIFETIME_MS;
}
