/** What every derivation of claims is given, and gives. */
import type { Finding, ManifestSet } from '../../lint/manifest-set.ts';
import type { Pauses } from '../changes/step-changes.ts';
import type { RolloutSubject, Subject, Unprovable } from '../subjects.ts';
import type { UnitFacts } from '../unit-facts.ts';
import type { ClientPath } from './client-path.ts';

export type ClaimDraft = Readonly<Record<string, unknown>> & { readonly id: string; readonly kind: string };

export interface ClaimInput {
  readonly facts: UnitFacts;
  readonly subjects: readonly Subject[];
  /** Name of the profile, with which every claim's id begins. */
  readonly profile: string;
  readonly home: string;
  readonly host: string;
  readonly set: ManifestSet;
  readonly findings: readonly Finding[];
  readonly realPauses: boolean;
  pausesOf(subject: RolloutSubject): Pauses;
}

export interface DerivedClaims {
  readonly claims: readonly ClaimDraft[];
  readonly unprovable: readonly Unprovable[];
}

/** A path in the profile's first namespace need not name it. */
export function withoutHome(path: ClientPath, home: string): Readonly<Record<string, unknown>> {
  if (path.kind === 'ingress' || path.namespace !== home) return { ...path };
  const { namespace: _home, ...rest } = path;
  return rest;
}
