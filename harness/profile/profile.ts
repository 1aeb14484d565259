/**
 * A profile as the code uses it: everything resolved, durations in milliseconds, references as objects, namespaces
 * filled in. resolve-profile.ts makes it from a checked document.
 */

import type { Budgets } from '../documents/budgets.ts';
import type { ClaimBase, NamedRef, ObjectRef, TrafficPath, Weights } from '../documents/references.ts';
import type { ImageMapping } from '../ports/cluster.ts';
import type { Identify } from '../ports/identify.ts';
import type { DeliveryClaim } from './delivery-claim.ts';
import type { ASSURANCE_LEVELS } from './profile-document.ts';
import type { RolloutClaim } from './rollout-claim.ts';

/** How certain a split verdict must be; the error rates and margins behind the names belong to the verdict room. */
export type Assurance = (typeof ASSURANCE_LEVELS)[number];

export interface TrafficSplitClaim extends ClaimBase {
  readonly kind: 'traffic-split';
  readonly virtualService: NamedRef;
  /** Service in the chain of hops whose version says which arm answered. */
  readonly service: string;
  readonly paths: readonly [TrafficPath, ...TrafficPath[]];
}
export interface GitopsApplicationClaim extends ClaimBase {
  readonly kind: 'gitops-application';
  readonly deleteObject: ObjectRef;
  readonly drift: { readonly split: TrafficSplitClaim; readonly weights: Weights };
  readonly removeFromGit: ObjectRef;
}
export interface TrafficByCommitClaim extends ClaimBase {
  readonly kind: 'traffic-by-commit';
  readonly split: TrafficSplitClaim;
  /** The path of that split which is observed. */
  readonly path: TrafficPath;
  readonly weights: Weights;
}
export interface RecursePitfallClaim extends ClaimBase {
  readonly kind: 'recurse-pitfall';
  /** Name of the Application that the claim makes and removes; undefined: `<application>-no-recurse`. */
  readonly trialApplication: string | undefined;
}
export interface SidecarsClaim extends ClaimBase {
  readonly kind: 'sidecars';
  readonly container: string;
  readonly namespaces: readonly string[];
  readonly outsideMesh: readonly string[];
}
export interface PrometheusAgreesClaim extends ClaimBase {
  readonly kind: 'prometheus-agrees';
  readonly split: TrafficSplitClaim;
  readonly reporter: 'source' | 'destination';
}
export type Claim =
  | TrafficSplitClaim
  | GitopsApplicationClaim
  | TrafficByCommitClaim
  | RecursePitfallClaim
  | SidecarsClaim
  | PrometheusAgreesClaim
  | RolloutClaim
  | DeliveryClaim;

export interface Profile {
  readonly name: string;
  readonly title: string;
  readonly description: string | undefined;
  /** Absolute directory of the profile, and its profile.yaml. */
  readonly directory: string;
  readonly file: string;
  readonly addons: readonly string[];
  readonly namespaces: readonly [ProfileNamespace, ...ProfileNamespace[]];
  readonly source: {
    /** Absolute folder whose files become the Git repository. */
    readonly directory: string | undefined;
    readonly files: readonly ComponentFile[];
    /** Path of the Application manifest in that repository. */
    readonly application: string;
  };
  readonly images: readonly ImageMapping[];
  readonly load: {
    readonly assurance: Assurance;
    /** Longest load for one path. */
    readonly maxDurationMs: number;
    readonly requestTimeoutMs: number;
    readonly newConnectionPerRequest: boolean;
    readonly identify: Identify;
  };
  readonly budgets: Budgets;
  readonly claims: readonly Claim[];
}
export interface ProfileNamespace {
  readonly name: string;
  readonly istioInjection: boolean;
}
export interface ComponentFile {
  readonly component: string;
  readonly path: string;
  readonly as: string;
}
