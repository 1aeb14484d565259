/**
 * Whether the time of a cluster is up. A wall clock that jumps must not take a cluster away from whoever uses it, so the
 * time since the machine's boot, which nobody can set, has to agree.
 */
import type { BootMoment } from '../../../harness/process/boot-moment.ts';
import { LIFETIME_MS } from './ownership.ts';

export interface Lifetime {
  /** Unix milliseconds. */
  readonly expiresAt: number;
  readonly madeAt?: BootMoment | undefined;
}

/** After a reboot the time since then is all that is certain. Pure. */
export function isExpired({ expiresAt, madeAt }: Lifetime, wallMs: number, boot: BootMoment): boolean {
  const sameBoot = madeAt !== undefined && madeAt.id !== '' && madeAt.id === boot.id;
  const certainMs = sameBoot ? boot.upMs - madeAt.upMs : boot.upMs;
  return expiresAt <= wallMs && certainMs >= LIFETIME_MS;
}
