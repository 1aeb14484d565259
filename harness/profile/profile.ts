/**
 * A profile as the code uses it: everything resolved, durations in milliseconds, references as objects, namespaces
 * filled in. resolve-profile.ts makes it from a checked document.
 */

import type { Claim } from '../claims/declarations.ts';
import type { Assurance } from '../documents/assurance.ts';
import type { Budgets } from '../documents/budgets.ts';
import type { ImageMapping, Surroundings } from '../ports/cluster.ts';
import type { Identify } from '../ports/identify.ts';
import type { SimulationBlock } from './simulation-block.ts';

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
    /** A repository that is read where it lies; undefined when the profile brings its files itself. */
    readonly repository: ReferencedSource | undefined;
    /** Path of the Application manifest in that repository. */
    readonly application: string;
  };
  readonly images: readonly ImageMapping[];
  /** Absent where the profile asks for none. */
  readonly surroundings?: Surroundings;
  readonly load: {
    readonly assurance: Assurance;
    /** Longest load for one path. */
    readonly maxDurationMs: number;
    readonly requestTimeoutMs: number;
    readonly newConnectionPerRequest: boolean;
    /** Whether neighbouring claims on copies are judged at the same time. */
    readonly sideBySide: boolean;
    readonly identify: Identify;
  };
  readonly budgets: Budgets;
  /** What is known of the traffic that releases meet; absent where the profile does not say. */
  readonly simulation?: SimulationBlock;
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

export interface ReferencedSource {
  /** An absolute folder, or an address with a commit. */
  readonly from: { readonly directory: string } | { readonly url: string; readonly commit: string };
  /** Name of a render unit. */
  readonly unit: string;
  /** Of a chart, relative to the repository's root. */
  readonly valueFiles: readonly string[];
  /** Absolute. */
  readonly overlay: string;
}
