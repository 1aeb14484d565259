/** The judge of every kind of claim: a kind without one does not compile. */
import type { ClaimResult } from '../scene/claim-result.ts';
import type { Scene } from '../scene/scene.ts';
import { judgeAlerts } from './alerts/judge.ts';
import { judgeCanaryByCommit } from './canary-by-commit/judge.ts';
import { judgeCanarySteps } from './canary-steps/judge.ts';
import { judgeCapacity } from './capacity/judge.ts';
import { judgeCircuitBreaker } from './circuit-breaker/judge.ts';
import { judgeDashboard } from './dashboard/judge.ts';
import type { Claim, ClaimOf } from './declarations.ts';
import { judgeEnvironments } from './environments/judge.ts';
import { judgeFeatureFlags } from './feature-flags/judge.ts';
import { judgeApplication } from './gitops-application/judge.ts';
import { judgeHeaderRoute } from './header-route/judge.ts';
import { judgeAutoscaler } from './hpa/judge.ts';
import { judgeHpaCanary } from './hpa-canary/judge.ts';
import { judgeImage } from './image/judge.ts';
import { judgeImageTag } from './image-tag-commit/judge.ts';
import { judgeInfrastructure } from './infrastructure/judge.ts';
import { judgeKialiAgrees } from './kiali-agrees/judge.ts';
import { judgeLoadTest } from './load-test/judge.ts';
import { judgeManualJudgment } from './manual-judgment/judge.ts';
import { judgeMirror } from './mirror/judge.ts';
import { judgeMovedWeights } from './moved-weights/judge.ts';
import { judgeNoLostRequest } from './no-lost-request/judge.ts';
import { judgeOutlierEjection } from './outlier-ejection/judge.ts';
import { judgeOverlays } from './overlays/judge.ts';
import { judgePageConsistency } from './page-consistency/judge.ts';
import { judgePolicies } from './policies/judge.ts';
import { judgePrometheus } from './prometheus-agrees/judge.ts';
import { judgeRecurse } from './recurse-pitfall/judge.ts';
import { manifestsDecide } from './refused-by-manifests.ts';
import { judgeRetries } from './retries/judge.ts';
import { judgeRollbackAudit } from './rollback-audit/judge.ts';
import { judgeRollbackEffects } from './rollback-effects/judge.ts';
import { judgeRollback } from './rollback-threshold/judge.ts';
import { judgeSidecars } from './sidecars/judge.ts';
import { judgeSignedImages } from './signed-images/judge.ts';
import { judgeStrictMtls } from './strict-mtls/judge.ts';
import { judgeTakeBack } from './take-back/judge.ts';
import { judgeTimeout } from './timeout/judge.ts';
import { judgeTracing } from './tracing/judge.ts';
import { judgeTrafficByCommit } from './traffic-by-commit/judge.ts';
import { judgeTrafficSplit } from './traffic-split/judge.ts';
import { judgeUndo } from './undo/judge.ts';
import { judgeVerification } from './verification/judge.ts';

/**
 * @throws HarnessError: of the environment (exit 3), which makes the claim `invalid`, and bad input (exit 2), which ends
 *   the run; the reason of the scene's signal as soon as that aborts, since evidence that was cut short proves nothing
 */
export type Judge<Kind extends Claim['kind']> = (claim: ClaimOf<Kind>, scene: Scene) => Promise<ClaimResult>;

const JUDGES: { readonly [Kind in Claim['kind']]: Judge<Kind> } = {
  'traffic-split': judgeTrafficSplit,
  'gitops-application': judgeApplication,
  'traffic-by-commit': judgeTrafficByCommit,
  'recurse-pitfall': judgeRecurse,
  sidecars: judgeSidecars,
  'prometheus-agrees': judgePrometheus,
  'canary-steps': manifestsDecide(judgeCanarySteps),
  'rollback-threshold': manifestsDecide(judgeRollback),
  'rollback-effects': manifestsDecide(judgeRollbackEffects),
  'manual-judgment': manifestsDecide(judgeManualJudgment),
  undo: manifestsDecide(judgeUndo),
  'no-lost-request': manifestsDecide(judgeNoLostRequest),
  'image-tag-commit': judgeImageTag,
  overlays: judgeOverlays,
  alerts: judgeAlerts,
  verification: judgeVerification,
  hpa: judgeAutoscaler,
  'hpa-canary': manifestsDecide(judgeHpaCanary),
  'take-back': manifestsDecide(judgeTakeBack),
  capacity: judgeCapacity,
  environments: judgeEnvironments,
  'header-route': judgeHeaderRoute,
  'strict-mtls': judgeStrictMtls,
  timeout: judgeTimeout,
  retries: judgeRetries,
  mirror: judgeMirror,
  'circuit-breaker': judgeCircuitBreaker,
  'rollback-audit': judgeRollbackAudit,
  'outlier-ejection': judgeOutlierEjection,
  'page-consistency': judgePageConsistency,
  image: judgeImage,
  'moved-weights': judgeMovedWeights,
  dashboard: judgeDashboard,
  'canary-by-commit': judgeCanaryByCommit,
  infrastructure: judgeInfrastructure,
  'load-test': judgeLoadTest,
  tracing: judgeTracing,
  policies: judgePolicies,
  'feature-flags': (claim, scene) => judgeFeatureFlags(claim, scene),
  'signed-images': judgeSignedImages,
  'kiali-agrees': judgeKialiAgrees,
};

export function judgeOf<Kind extends Claim['kind']>({ kind }: { readonly kind: Kind }): Judge<Kind> {
  return JUDGES[kind];
}
