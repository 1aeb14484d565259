/** Claim kind `prometheus-agrees`: clients and istio_requests_total counted the same share. */
import { z } from 'zod';
import { splitRef } from '../../documents/claim-atoms.ts';
import { claimBase } from '../../documents/document-atoms.ts';
import type { ClaimBase, SplitClaim } from '../../documents/references.ts';
import { claimKind } from '../claim-kind.ts';

export interface PrometheusAgreesClaim extends ClaimBase {
  readonly kind: 'prometheus-agrees';
  readonly split: SplitClaim;
  readonly reporter: 'source' | 'destination';
}

export const prometheusAgrees = claimKind({
  kind: 'prometheus-agrees',
  summary: 'the share that clients counted and the share in istio_requests_total agree',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('prometheus-agrees'),
    split: splitRef,
    reporter: z
      .enum(['source', 'destination'])
      .default('destination')
      .describe('destination: versions are the labels of the answering pods, however the subsets are named'),
  }),
  resolve(claim, { splitOf }): PrometheusAgreesClaim | undefined {
    const split = splitOf(claim.split, ['split']);
    return split && { ...claim, split };
  },
  // a witness of a split needs the traffic of that split
  needs: ({ split }) => [split.id],
  witness: ({ split, reporter }) => ({ split: split.id, reporter }),
  addons: ['istio', 'prometheus'],
});
