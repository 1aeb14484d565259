/** What is rendered as one: the objects that one Application, folder, chart or kustomization applies. */

import type { ValuePath } from '../documents/yaml-source.ts';
import type { Finding, ManifestObject } from '../lint/manifest-set.ts';

export type UnitKind = 'application' | 'kustomization' | 'chart' | 'folder';

/** One source of a unit; what is `not-judged` says why in a sentence. */
export type UnitSource =
  | DirectorySource
  | KustomizeSource
  | HelmSource
  | { readonly kind: 'not-judged'; readonly why: string; readonly place: ValuePath };

export interface DirectorySource {
  readonly kind: 'directory';
  /** Relative to the root of the repository; empty for the root. */
  readonly path: string;
  readonly recurse: boolean;
  /** Globs against the path below `path`; undefined when there is none. */
  readonly include: string | undefined;
  readonly exclude: string | undefined;
  readonly place: ValuePath;
}

export interface KustomizeSource {
  readonly kind: 'kustomize';
  readonly path: string;
  /** Fields of a Kustomization that an Application lays over the one in the folder. */
  readonly overlay: Readonly<Record<string, unknown>>;
  readonly place: ValuePath;
}

export interface HelmSource {
  readonly kind: 'helm';
  readonly path: string;
  readonly releaseName: string;
  readonly valueFiles: readonly ValueFile[];
  readonly ignoreMissingValueFiles: boolean;
  /** `values` or `valuesObject`, as YAML text. */
  readonly values: string | undefined;
  readonly parameters: readonly { readonly name: string; readonly value: string; readonly forceString: boolean }[];
  readonly skipCrds: boolean;
  readonly place: ValuePath;
}

export interface ValueFile {
  /** As written. */
  readonly written: string;
  /** Relative to the root of the repository; undefined when it lies in another repository. */
  readonly path: string | undefined;
  readonly place: ValuePath;
}

export interface RenderUnit {
  /** Unique: `Application argocd/shop`, `kustomization overlays/dev`, `chart charts/shop`, `folder k8s`. */
  readonly name: string;
  readonly kind: UnitKind;
  /** What objects without a namespace belong to; empty when nothing says so. */
  readonly namespace: string;
  readonly sources: readonly UnitSource[];
  /** The Application, or what stands for one of those that an ApplicationSet makes. */
  readonly application: ManifestObject | undefined;
}

/** Code of the findings that say what of a unit is not here; see RenderedUnit.isPartial. */
export const IN_PART = 'UNIT_JUDGED_IN_PART';

/** Code of the finding that an Application holds marks which something else fills in before it is applied. */
export const UNFILLED = 'UNIT_UNFILLED';

export interface RenderedUnit {
  readonly unit: RenderUnit;
  readonly objects: readonly ManifestObject[];
  /** Problems of rendering: syntax, missing files, what a program refused. */
  readonly findings: readonly Finding[];
  /** Files of the repository that it is made from. */
  readonly files: ReadonlySet<string>;
  /** `file:line:column` of a finding, and which chart value is behind it. */
  readonly values: ReadonlyMap<string, string>;
  /** Kustomize adds a prefix or suffix to the names of objects, but only to the references that it knows. */
  readonly isRenamed: boolean;
  /** Something of it lies in another repository: what it lacks may be there. */
  readonly isPartial?: boolean;
  /** And that may change the objects that are here, as a component or a patch does. */
  readonly isChangedElsewhere?: boolean;
}

/** Programs that render, made when they are first asked for; each returns the program's path. */
export interface RenderPrograms {
  kustomize(): Promise<string>;
  helm(): Promise<string>;
}

/** A chart with a values file that no Application gives it. */
export function isOfValueFile({ kind, sources }: RenderUnit): boolean {
  return kind === 'chart' && sources.some((source) => source.kind === 'helm' && source.valueFiles.length > 0);
}

/** Folders of which these units say what is applied; an Application that is a template leaves that open. */
export function claimedFolders(units: readonly RenderedUnit[]): ReadonlySet<string> {
  const isOpen = ({ findings }: RenderedUnit) => findings.some(({ code }) => code === UNFILLED);
  return new Set(units.filter((one) => !isOpen(one)).flatMap(({ unit }) => foldersOf(unit)));
}

/** Folders that a unit reads directly, relative to the root. */
export function foldersOf({ sources }: RenderUnit): readonly string[] {
  return sources.flatMap((source) => (source.kind === 'not-judged' ? [] : [source.path]));
}
