/**
 * What a kind of claim is to everybody but its judge: how people write it, what it comes to, and what can be said of it
 * before anything is started. Pure; the judges stand apart (judges.ts), so that `plan` and `lint` load no cluster code.
 */

import type { z } from 'zod';
import type { Assurance } from '../documents/assurance.ts';
import type { NamedRefDocument, TrafficPathDocument } from '../documents/document-atoms.ts';
import type { ClaimBase, NamedRef, SplitClaim, TrafficPath, WeightsCommit } from '../documents/references.ts';
import type { SharedPlace } from '../documents/shared-places.ts';
import type { ValuePath } from '../documents/yaml-source.ts';
import type { DeclaredApplication } from '../lint/argo/argo-application.ts';
import type { Finding, ManifestFile } from '../lint/manifest-set.ts';

/** From the checked document to a claim. */
export interface ResolveContext {
  /** The profile's first namespace. */
  readonly home: string;
  /** Namespaces whose pods get a sidecar. */
  readonly meshed: readonly string[];
  /** The reference with the home namespace where it names none. */
  placed(ref: NamedRefDocument): NamedRef;
  /** The path with its namespace and its rate. */
  pathOf(path: TrafficPathDocument): TrafficPath;
  /** The split claim of that id; undefined after it was reported as missing at this place of the claim. */
  splitOf(id: string, at: ValuePath): SplitClaim | undefined;
  report(code: string, sentence: string, at: ValuePath): undefined;
}

/** What a claim is held against before anything is started. */
export interface LintContext {
  readonly files: readonly ManifestFile[];
  /** Of objects that name no namespace. */
  readonly home: string;
  /** Place of the claim, as it is shown. */
  readonly where: string;
  /** The Application of the profile, when it can be read, and the file that declares it. */
  readonly application: DeclaredApplication | undefined;
  readonly applicationFile: string;
}

export interface PlanContext {
  readonly files: readonly ManifestFile[];
  readonly assurance: Assurance;
  /** Instead of each path's own. */
  readonly ratePerSecond: number | undefined;
}

/** A line of `plan`, under the heading that it belongs to. */
export interface PlanLine {
  readonly section: 'Load' | 'Steps';
  readonly line: string;
}

/** Whose counters a claim compares with those of a split's clients. */
export interface MeshWitness {
  readonly split: string;
  readonly reporter: 'source' | 'destination';
}

export interface ClaimKind<Document, Resolved extends ClaimBase> {
  readonly kind: string;
  /** What the claim promises, in one line. */
  readonly summary: string;
  readonly schema: z.ZodType<Document>;
  /** The claim as the code uses it; undefined when something was reported instead. */
  resolve(document: Document, context: ResolveContext): Resolved | undefined;
  lint?(claim: Resolved, context: LintContext): readonly Finding[] | Promise<readonly Finding[]>;
  /** What its verdict costs. @throws HarnessError (exit 2) when the manifests do not tell */
  plan?(claim: Resolved, context: PlanContext): readonly PlanLine[];
  /** Paths of its clients in the profile's own namespaces; the run waits until the ingress serves them. */
  paths?(claim: Resolved): readonly TrafficPath[];
  /** Ids of the claims whose traffic it judges, too: they are judged whenever it is. */
  needs?(claim: Resolved): readonly string[];
  /** The claim as a split that others can refer to. */
  split?(claim: Resolved): SplitClaim;
  witness?(claim: Resolved): MeshWitness;
  /** What it will commit, where that can be rendered and held against the claim before anything is started. */
  commits?(claim: Resolved): readonly WeightsCommit[];
  /** What it puts beside programs of others: on a shared cluster it needs their leave. */
  shared?(claim: Resolved): readonly SharedPlace[];
  /** How many copies of the application it works on, where it touches nothing else: others may be judged beside it. */
  copies?(claim: Resolved): number;
  /** Addons without which it cannot be judged. */
  readonly addons?: readonly string[];
}

/** One kind, with the document's type read off its schema and the claim's off what `resolve` returns. */
export function claimKind<Kind extends string, Schema extends z.ZodType, Resolved extends ClaimBase>(
  kind: { readonly kind: Kind; readonly schema: Schema } & Omit<
    ClaimKind<z.output<Schema>, Resolved>,
    'kind' | 'schema'
  >,
): typeof kind {
  return kind;
}
