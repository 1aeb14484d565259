/** The split that a claim speaks of, as Git declares it and as verdicts expect it. */

import type { SplitClaim } from '../documents/references.ts';
import type { DeclaredSplit } from '../lint/routes/declared-split.ts';
import { readDeclaredSplit } from '../lint/routes/declared-split.ts';
import type { Scene } from './scene.ts';

export function declaredSplit(scene: Scene, claim: SplitClaim): DeclaredSplit {
  const { name, namespace } = claim.virtualService;
  const askedAt = `${scene.profile.file} (${claim.id})`;
  return readDeclaredSplit(scene.source.manifests, { virtualService: { name, namespace }, namespace, askedAt });
}

/** Fully qualified name of the service whose versions share the traffic. */
export function splitHost(claim: SplitClaim): string {
  return `${claim.service}.${claim.virtualService.namespace}.svc.cluster.local`;
}
