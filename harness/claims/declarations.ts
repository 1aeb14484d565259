/**
 * Every kind of claim, in the order in which the schema lists them. A new kind is a folder and a line here and in
 * judges.ts.
 */
import type { z } from 'zod';
import type { ClaimBase, SplitClaim } from '../documents/references.ts';
import { alerts } from './alerts/declaration.ts';
import { canaryByCommit } from './canary-by-commit/declaration.ts';
import { canarySteps } from './canary-steps/declaration.ts';
import { capacity } from './capacity/declaration.ts';
import { circuitBreaker } from './circuit-breaker/declaration.ts';
import type { ClaimKind } from './claim-kind.ts';
import { dashboard } from './dashboard/declaration.ts';
import { environments } from './environments/declaration.ts';
import { featureFlags } from './feature-flags/declaration.ts';
import { gitopsApplication } from './gitops-application/declaration.ts';
import { headerRoute } from './header-route/declaration.ts';
import { hpa } from './hpa/declaration.ts';
import { hpaCanary } from './hpa-canary/declaration.ts';
import { image } from './image/declaration.ts';
import { imageTagCommit } from './image-tag-commit/declaration.ts';
import { infrastructure } from './infrastructure/declaration.ts';
import { kialiAgrees } from './kiali-agrees/declaration.ts';
import { loadTest } from './load-test/declaration.ts';
import { manualJudgment } from './manual-judgment/declaration.ts';
import { mirror } from './mirror/declaration.ts';
import { movedWeights } from './moved-weights/declaration.ts';
import { noLostRequest } from './no-lost-request/declaration.ts';
import { outlierEjection } from './outlier-ejection/declaration.ts';
import { overlays } from './overlays/declaration.ts';
import { pageConsistency } from './page-consistency/declaration.ts';
import { policies } from './policies/declaration.ts';
import { prometheusAgrees } from './prometheus-agrees/declaration.ts';
import { recursePitfall } from './recurse-pitfall/declaration.ts';
import { retries } from './retries/declaration.ts';
import { rollbackAudit } from './rollback-audit/declaration.ts';
import { rollbackEffects } from './rollback-effects/declaration.ts';
import { rollbackThreshold } from './rollback-threshold/declaration.ts';
import { sidecars } from './sidecars/declaration.ts';
import { signedImages } from './signed-images/declaration.ts';
import { strictMtls } from './strict-mtls/declaration.ts';
import { takeBack } from './take-back/declaration.ts';
import { timeout } from './timeout/declaration.ts';
import { tracing } from './tracing/declaration.ts';
import { trafficByCommit } from './traffic-by-commit/declaration.ts';
import { trafficSplit } from './traffic-split/declaration.ts';
import { undo } from './undo/declaration.ts';
import { verification } from './verification/declaration.ts';

export const CLAIM_KINDS = [
  trafficSplit,
  gitopsApplication,
  trafficByCommit,
  recursePitfall,
  sidecars,
  prometheusAgrees,
  canarySteps,
  rollbackThreshold,
  rollbackEffects,
  manualJudgment,
  undo,
  noLostRequest,
  imageTagCommit,
  overlays,
  alerts,
  verification,
  hpa,
  hpaCanary,
  takeBack,
  capacity,
  environments,
  headerRoute,
  strictMtls,
  timeout,
  retries,
  mirror,
  circuitBreaker,
  rollbackAudit,
  outlierEjection,
  pageConsistency,
  image,
  movedWeights,
  dashboard,
  canaryByCommit,
  infrastructure,
  loadTest,
  tracing,
  policies,
  featureFlags,
  signedImages,
  kialiAgrees,
] as const;

type Kinds = (typeof CLAIM_KINDS)[number];
export type Claim = NonNullable<ReturnType<Kinds['resolve']>>;
export type ClaimDocument = z.output<Kinds['schema']>;
export type ClaimOf<Kind extends Claim['kind']> = Extract<Claim, { kind: Kind }>;

/** What is known of claims of that kind; every member takes only its own kind's claims. */
export function kindOf({ kind }: { readonly kind: string }): ClaimKind<ClaimDocument, ClaimBase> {
  const found = CLAIM_KINDS.find((known) => known.kind === kind);
  if (!found) throw new TypeError(`there is no kind of claim ${kind}`);
  return found as unknown as ClaimKind<ClaimDocument, ClaimBase>;
}

/** Those of the claims that others can refer to, in their order. */
export function splitsOf(claims: readonly Claim[]): SplitClaim[] {
  return claims.flatMap((claim) => kindOf(claim).split?.(claim) ?? []);
}
