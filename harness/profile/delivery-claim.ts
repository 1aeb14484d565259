/** Claims about delivery as the code uses them; delivery-claims.ts describes every field. */
import { durationToMs } from '../documents/budgets.ts';
import type { NamedRef, Release, TrafficPath } from '../documents/references.ts';
import type { DeliveryClaimDocument } from './delivery-claims.ts';

interface ClaimHead {
  readonly id: string;
  readonly title: string;
}

export interface ImageTagCommitClaim extends ClaimHead {
  readonly kind: 'image-tag-commit';
  readonly rollout: NamedRef;
  readonly service: string;
  readonly release: Release;
  readonly path: TrafficPath;
  readonly limitMs: number;
}
export interface OverlaysClaim extends ClaimHead {
  readonly kind: 'overlays';
  readonly overlays: readonly {
    readonly path: string;
    readonly application: string;
    readonly approval: 'automatic' | 'manual';
  }[];
  readonly mayDiffer: readonly { readonly kind: string; readonly path?: string | undefined }[];
}
export type AlertFault =
  | { readonly kind: 'behaviour'; readonly change: Readonly<Record<string, unknown>> }
  | { readonly kind: 'outage' }
  | { readonly kind: 'release'; readonly release: Release };
export interface AlertCase {
  readonly alert: string;
  readonly severity: 'critical' | 'warning' | 'info';
  readonly fault: AlertFault;
}
export interface AlertsClaim extends ClaimHead {
  readonly kind: 'alerts';
  readonly application: string;
  readonly rollout: NamedRef;
  readonly path: TrafficPath;
  readonly cases: readonly AlertCase[];
  readonly firesWithinMs: number;
  readonly resolvesWithinMs: number;
}
export interface VerificationClaim extends ClaimHead {
  readonly kind: 'verification';
  readonly service: string;
  readonly path: TrafficPath;
  readonly smoke: readonly { readonly path: string; readonly status: number }[];
  readonly lastingMs: number;
  readonly objectives: { readonly successShare: number; readonly quantile: number; readonly limitMs: number };
  readonly baseline: { readonly slowerBy: number };
}
export interface HpaClaim extends ClaimHead {
  readonly kind: 'hpa';
  readonly autoscaler: NamedRef;
  readonly rollout: NamedRef;
  readonly service: string;
  readonly path: TrafficPath;
  readonly scalesOutWithinMs: number;
  readonly scalesInWithinMs: number;
}
export interface Environment {
  readonly application: string;
  readonly namespace: string;
  readonly branch: string;
  readonly rollout: string;
  readonly release: Omit<Release, 'version'>;
}
export interface EnvironmentsClaim extends ClaimHead {
  readonly kind: 'environments';
  readonly applicationSet: string;
  readonly environments: readonly Environment[];
}

export type DeliveryClaim =
  | ImageTagCommitClaim
  | OverlaysClaim
  | AlertsClaim
  | VerificationClaim
  | HpaClaim
  | EnvironmentsClaim;

type PathDocument = Extract<DeliveryClaimDocument, { kind: 'image-tag-commit' }>['path'];

export interface DeliveryClaimContext {
  /** The profile's first namespace. */
  readonly home: string;
  pathOf(path: PathDocument): TrafficPath;
}

export function resolveDeliveryClaim(
  claim: DeliveryClaimDocument,
  { home, pathOf }: DeliveryClaimContext,
): DeliveryClaim {
  const { id, title } = claim;
  const placed = (ref: { readonly name: string; readonly namespace?: string | undefined }): NamedRef => ({
    name: ref.name,
    namespace: ref.namespace ?? home,
  });
  // documented durations are checked already
  const ms = (duration: string) => durationToMs(duration) ?? 0;
  switch (claim.kind) {
    case 'image-tag-commit': {
      const { kind, service, release } = claim;
      const rollout = placed(claim.rollout);
      return { id, title, kind, rollout, service, release, path: pathOf(claim.path), limitMs: ms(claim.limit) };
    }
    case 'overlays':
      return claim;
    case 'alerts': {
      const { kind, application, cases } = claim;
      return {
        ...{ id, title, kind, application, cases },
        rollout: placed(claim.rollout),
        path: pathOf(claim.path),
        firesWithinMs: ms(claim.firesWithin),
        resolvesWithinMs: ms(claim.resolvesWithin),
      };
    }
    case 'verification': {
      const { kind, service, smoke, objectives, baseline } = claim;
      const path = pathOf(claim.path);
      return { id, title, kind, service, path, smoke, objectives, baseline, lastingMs: ms(claim.lasting) };
    }
    case 'hpa': {
      const { kind, service, ratePerSecond } = claim;
      return {
        ...{ id, title, kind, service },
        autoscaler: placed(claim.autoscaler),
        rollout: placed(claim.rollout),
        path: { ...pathOf(claim.path), ratePerSecond },
        scalesOutWithinMs: ms(claim.scalesOutWithin),
        scalesInWithinMs: ms(claim.scalesInWithin),
      };
    }
    case 'environments':
      return {
        ...claim,
        environments: claim.environments.map((environment) => ({ ...environment, rollout: environment.rollout.name })),
      };
  }
}
