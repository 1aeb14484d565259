/**
 * When a cluster's time is up. A wall clock can be set or jump, and a cluster must not go for that: within one boot the
 * time since boot has to say so as well.
 */
import type { BootMoment } from '../../harness/process/boot-moment.ts';
import { LIFETIME_MS } from './ownership.ts';

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
