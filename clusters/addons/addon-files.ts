import path from 'node:path';
import { packageRoot } from '../../harness/process/package-root.ts';

/** Path of a manifest or values file of this room, in a checkout and in the published package alike. */
export function addonManifest(name: string): string {
  return path.join(packageRoot(), 'clusters', 'addons', 'manifests', name);
}
