/**
 * Whether the time of a cluster is up. A wall clock that jumps must not take a cluster away from whoever uses it, so the
 * time since the machine's boot, which nobody can set, has to agree.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { LIFETIME_MS } from './ownership.ts';

export const madeAtSchema = z.object({
  /** Random for each boot of the machine. */
  bootId: z.string(),
  /** Milliseconds since that boot. */
  uptimeMs: z.number(),
});
export type MadeAt = z.infer<typeof madeAtSchema>;

/** Source: proc(5). */
export async function readBootClock(): Promise<MadeAt> {
  const [bootId, uptime] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    readFile('/proc/uptime', 'utf8'),
  ]);
  return { bootId: bootId.trim(), uptimeMs: Math.floor(Number(uptime.split(' ')[0]) * 1000) };
}

/** After a reboot the time since then is all that is certain. Pure. */
export function isExpired(
  { expiresAt, madeAt }: { readonly expiresAt: number; readonly madeAt?: MadeAt | undefined },
  wallMs: number,
  boot: MadeAt,
): boolean {
  const certainMs = madeAt?.bootId === boot.bootId ? boot.uptimeMs - madeAt.uptimeMs : boot.uptimeMs;
  return expiresAt <= wallMs && certainMs >= LIFETIME_MS;
}
