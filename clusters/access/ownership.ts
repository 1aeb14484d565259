/** How anything that canaryproof makes on a cluster or an engine says whose it is and until when. */

/** Value: name of the cluster as canaryproof knows it. */
export const OWNER_LABEL = 'canaryproof.dev/cluster';
/** Value: Unix seconds. After that a later run may remove it. */
const EXPIRY_LABEL = 'canaryproof.dev/expires-at';

/** A cluster that nobody took down is an orphan half a day after it was made. */
export const LIFETIME_MS = 12 * 3600 * 1000;

export interface Ownership {
  readonly cluster: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

export function ownerLabels({ cluster, expiresAt }: Ownership): Readonly<Record<string, string>> {
  return { [OWNER_LABEL]: cluster, [EXPIRY_LABEL]: String(Math.floor(expiresAt / 1000)) };
}

/** Where clients outside the mesh run, on clusters that this machine cannot reach without a detour. */
export const LOAD_NAMESPACE = 'canaryproof-load';
