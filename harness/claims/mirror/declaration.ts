/** Claim kind `mirror`: a share of the requests reaches a shadow as well, and no client hears of it. */
import { z } from 'zod';
import { receiverPods } from '../../documents/claim-atoms.ts';
import { claimBase, text, trafficPath } from '../../documents/document-atoms.ts';
import type { ClaimBase, PodSelector, TrafficPath } from '../../documents/references.ts';
import { policyFindings } from '../../lint/routes/declared-policies.ts';
import { costOfSplit } from '../../verdict/split-cost.ts';
import { claimKind } from '../claim-kind.ts';
import { expectationOf } from './mirrored-share.ts';

export interface MirrorClaim extends ClaimBase {
  readonly kind: 'mirror';
  readonly shadow: PodSelector;
  /** How pods of the shadow name their version. */
  readonly shadowVersion: string;
  readonly service: string;
  readonly percent: number;
  readonly path: TrafficPath;
}

export const mirror = claimKind({
  kind: 'mirror',
  summary: 'the declared share of the requests reaches a shadow as well, and none of its answers a client',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('mirror'),
    shadow: receiverPods.describe(
      'pods that requests are mirrored to; they count what reaches them, and fail all of it',
    ),
    shadowVersion: text.describe('how those pods name their version; no client may be answered by it'),
    service: text.describe('service in the chain of hops, of those that answer and of the shadow'),
    percent: z.number().gt(0, 'must be above 0').max(100).describe('as `mirrorPercentage` declares it'),
    path: trafficPath.describe('clients whose every request makes one request to the service'),
  }),
  resolve: ({ path, shadow, ...claim }, { home, pathOf }): MirrorClaim => ({
    ...claim,
    path: pathOf(path),
    shadow: { ...shadow, namespace: shadow.namespace ?? home },
  }),
  lint: ({ percent, shadow }: MirrorClaim, context) =>
    policyFindings(
      { kind: 'mirrorPercentage', is: (value) => value === percent, said: `${percent} % mirrored` },
      context,
      shadow,
    ),
  plan({ id, path, percent }, { assurance }) {
    const { passMean, cap } = costOfSplit(expectationOf(percent / 100, assurance));
    const line = `${id} ${path.kind}: ${path.ratePerSecond} requests/s; about ${Math.round(passMean)} requests (${(passMean / path.ratePerSecond).toFixed(0)} s) when the share is right, at most ${cap}`;
    return [{ section: 'Load', line }];
  },
  paths: ({ path }) => [path],
  addons: ['istio'],
});
