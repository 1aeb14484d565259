/** Claim kind `strict-mtls`: workloads of the mesh talk mutual TLS with each other, and plain text with nobody. */
import { z } from 'zod';
import { claimBase, dnsLabel, text, trafficPath } from '../../documents/document-atoms.ts';
import type { ClaimBase, TrafficPath } from '../../documents/references.ts';
import { claimKind } from '../claim-kind.ts';

export interface StrictMtlsClaim extends ClaimBase {
  readonly kind: 'strict-mtls';
  /** Every port of every pod of these is tried. */
  readonly namespaces: readonly string[];
  /** Of a pod without a sidecar, in whose network the client outside the mesh runs; undefined: Argo CD's. */
  readonly outside: string | undefined;
  readonly trustDomain: string;
  readonly service: string;
  readonly requests: number;
  readonly path: TrafficPath;
}

export const strictMtls = claimKind({
  kind: 'strict-mtls',
  summary:
    'plain text to any port of the mesh is refused, and its pods show certificates of the mesh for their accounts',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('strict-mtls'),
    namespaces: z.array(dnsLabel).min(1).optional().describe('default: every namespace with istioInjection'),
    outside: dnsLabel
      .optional()
      .describe('namespace of a pod without sidecar, from which plain text is tried; default: that of the Application'),
    trustDomain: text.default('cluster.local').describe('with which SPIFFE ids of the mesh begin'),
    service: text.describe('who must answer clients inside the mesh, by the chain of hops'),
    requests: z
      .int()
      .min(20)
      .max(10_000)
      .default(100)
      .describe('of clients inside the mesh, all of which must be answered'),
    path: trafficPath.describe('clients inside the mesh'),
  }),
  resolve({ path, namespaces, outside, ...claim }, { meshed, pathOf, report }): StrictMtlsClaim | undefined {
    if (path.kind !== 'mesh')
      return report('STRICT_MTLS_PATH', 'the path must be one inside the mesh: the ingress is another way in', [
        'path',
      ]);
    return { ...claim, outside, namespaces: namespaces ?? meshed, path: pathOf(path) };
  },
  plan: ({ id, path, requests }) => [
    { section: 'Load', line: `${id} ${path.kind}: ${requests} requests at ${path.ratePerSecond}/s` },
  ],
  paths: ({ path }) => [path],
  addons: ['istio'],
});
