/** Claim kind `traffic-split`: clients of each path receive the shares that the VirtualService declares. */
import { z } from 'zod';
import { claimBase, namedRef, text, trafficPath } from '../../documents/document-atoms.ts';
import type { SplitClaim } from '../../documents/references.ts';
import { claimKind } from '../claim-kind.ts';
import { lintSplit } from './lint.ts';
import { planSplitLoad } from './plan.ts';

export interface TrafficSplitClaim extends SplitClaim {
  readonly kind: 'traffic-split';
}

export const trafficSplit = claimKind({
  kind: 'traffic-split',
  summary: 'clients of each path receive the shares that the VirtualService declares',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('traffic-split'),
    virtualService: namedRef.describe('declares the weights; they are read from Git and never written here'),
    service: text.describe('service in the chain of hops whose version says which arm answered'),
    paths: z.array(trafficPath).min(1, 'must name at least one client path'),
  }),
  resolve(claim, { placed, pathOf }): TrafficSplitClaim {
    const [first, ...rest] = claim.paths.map(pathOf);
    return { ...claim, virtualService: placed(claim.virtualService), paths: [first!, ...rest] };
  },
  lint: (claim: TrafficSplitClaim, context) => lintSplit(claim, context),
  plan: (claim: TrafficSplitClaim, context) => planSplitLoad(claim, context),
  paths: ({ paths }) => paths,
  split: (claim) => claim,
  addons: ['istio'],
});
