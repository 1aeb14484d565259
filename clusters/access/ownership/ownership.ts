/** How long what canaryproof makes is wanted, and where it keeps what belongs to no profile. */
import { randomBytes } from 'node:crypto';

/** A cluster that nobody took down is an orphan half a day after it was last brought up. */
export const LIFETIME_MS = 12 * 3600 * 1000;

/** Names what one `up` makes, on this machine and on no other. */
export function newInstallation(): string {
  return randomBytes(16).toString('hex');
}

/**
 * Where clients outside the mesh run, on clusters that this machine cannot reach without a detour: each installation has
 * its own, so that two of them on one cluster need not share it.
 */
export function loadNamespace(owner: { readonly installation: string } | undefined): string {
  return owner === undefined ? 'canaryproof-load' : `canaryproof-load-${owner.installation.slice(0, 12)}`;
}
