/** Claim kind `sidecars`: every pod is ready with its sidecar. */
import { z } from 'zod';
import { claimBase, dnsLabel, text } from '../../documents/document-atoms.ts';
import type { ClaimBase } from '../../documents/references.ts';
import { claimKind } from '../claim-kind.ts';

export interface SidecarsClaim extends ClaimBase {
  readonly kind: 'sidecars';
  readonly container: string;
  readonly namespaces: readonly string[];
  readonly outsideMesh: readonly string[];
}

export const sidecars = claimKind({
  kind: 'sidecars',
  summary: 'every pod is ready with its sidecar',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('sidecars'),
    container: text.default('istio-proxy'),
    namespaces: z.array(dnsLabel).min(1).optional().describe('default: every namespace with istioInjection'),
    outsideMesh: z.array(dnsLabel).default(['argocd']).describe('namespaces in which no pod may have the container'),
  }),
  resolve: (claim, { meshed }): SidecarsClaim => ({ ...claim, namespaces: claim.namespaces ?? meshed }),
  addons: ['istio'],
});
