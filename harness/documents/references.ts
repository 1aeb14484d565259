/** What claims refer to: objects of the cluster, client paths, releases, and the split that several claims speak of. */

export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

export interface NamedRef {
  readonly name: string;
  readonly namespace: string;
}

export type TrafficPath =
  | {
      readonly kind: 'ingress';
      readonly host: string | undefined;
      readonly path: string;
      readonly ratePerSecond: number;
    }
  | {
      readonly kind: 'mesh';
      /** Labels of the pod whose network namespace the client runs in. */
      readonly from: Readonly<Record<string, string>>;
      readonly namespace: string;
      readonly service: string;
      readonly port: number;
      readonly path: string;
      readonly ratePerSecond: number;
    };

/** Pods by their labels. */
export interface PodSelector {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ClaimBase {
  /** Stable across renames: `<profile>/<claim>`. */
  readonly id: string;
  readonly title: string;
}

/** Subset -> weight, whole numbers that sum to 100. */
export type Weights = Readonly<Record<string, number>>;

/** Numbers of a values file that a template makes the weights of. */
export interface ValuesOfWeights {
  /** In Git, relative to its root. */
  readonly file: string;
  /** Subset -> JSON pointer to its number; a subset that is left out gets what the template works out. */
  readonly weights: Readonly<Record<string, string>>;
}

/** A commit that a claim makes, so that Git declares these weights. */
export interface WeightsCommit {
  readonly virtualService: NamedRef;
  /** Of all subsets. */
  readonly weights: Weights;
  /** Undefined: they are written into the VirtualService itself. */
  readonly values: ValuesOfWeights | undefined;
}

/** The tag of an image in a Kustomization. */
export interface TagRelease {
  readonly file: string;
  readonly image: string;
  readonly tag: string;
}

/** What a commit changes in one file, and how pods of that release name themselves. */
export type Release = { readonly version: string } & (
  | TagRelease
  /** A scalar of the file's only YAML document, by its JSON pointer. */
  | { readonly file: string; readonly field: string; readonly value: string }
  /** The text of another file. */
  | { readonly file: string; readonly from: string }
);

/** As the messages of commits and reports say it. */
export function releaseInWords(release: Release): string {
  if ('image' in release) return `${release.image} ${release.tag}`;
  return 'field' in release ? release.value : `${release.from} as ${release.file}`;
}

export interface RolloutTarget {
  readonly id: string;
  readonly title: string;
  readonly rollout: NamedRef;
  readonly service: string;
}

export interface StagedTarget extends RolloutTarget {
  /** Path of the URL. */
  readonly path: string;
  readonly ratePerSecond: number;
}

/** A split between versions that clients see; other claims speak of it by its id. */
export interface SplitClaim extends ClaimBase {
  readonly virtualService: NamedRef;
  /** Service in the chain of hops whose version says which arm answered. */
  readonly service: string;
  readonly paths: readonly [TrafficPath, ...TrafficPath[]];
}

export type MovingPhase = 'promote' | 'abort' | 'undo' | 'supersede' | 'restart' | 'scale-down';
