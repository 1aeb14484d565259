/** What a claim `policies` says. */
import type { ClaimBase } from '../../documents/references.ts';

export const RESOURCE_FIELDS = ['limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'] as const;
export type ResourceField = (typeof RESOURCE_FIELDS)[number];

export interface PoliciesClaim extends ClaimBase {
  readonly kind: 'policies';
  /** Name of the ValidatingPolicy, of which the cluster has one set. */
  readonly policy: string;
  readonly namespace: string;
  readonly requires: readonly ResourceField[];
  readonly failsClosed: boolean;
  readonly readyWithinMs: number;
  /** Of objects in Git that name no namespace. */
  readonly home: string;
}

/** `limits.memory` → `limits`, `memory`. */
export function partsOf(field: ResourceField): readonly ['limits' | 'requests', 'cpu' | 'memory'] {
  return field.split('.') as ['limits' | 'requests', 'cpu' | 'memory'];
}

/** The API server writes a request that is left out where the limit is given: then no pod can lack it. */
export function isImplied(field: ResourceField, requires: readonly ResourceField[]): boolean {
  const [group, resource] = partsOf(field);
  return group === 'requests' && requires.includes(`limits.${resource}`);
}
