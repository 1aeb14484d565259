/** What a profile's claims put beside programs that others may use too. Pure. */

import { CLAIM_KINDS, kindOf } from '../claims/declarations.ts';
import type { SharedPlace } from '../documents/shared-places.ts';
import { usageError } from '../errors/harness-error.ts';
import type { Profile } from '../profile/profile.ts';

export interface SharedObject {
  /** `KIND/NAMESPACE/NAME`, as `--allow-shared` takes it. */
  readonly object: string;
  readonly why: string;
  /** Ids of the claims that need it. */
  readonly claims: readonly string[];
}

/** In the order of the kinds of claim that need them; their claims in the profile's. */
export function sharedObjects({ claims }: Pick<Profile, 'claims'>): readonly SharedObject[] {
  const needs = claims.map((claim) => ({ claim, places: kindOf(claim).shared?.(claim) ?? [] }));
  const places = CLAIM_KINDS.flatMap(({ kind }) => needs.filter(({ claim }) => claim.kind === kind)).flatMap(
    (need) => need.places,
  );
  const nameOf = ({ kind, namespace, name }: SharedPlace) => `${kind}/${namespace}/${name}`;
  return [...new Map(places.map((place) => [nameOf(place), place.why]))].map(([object, why]) => ({
    ...{ object, why },
    claims: needs.filter((need) => need.places.some((place) => nameOf(place) === object)).map(({ claim }) => claim.id),
  }));
}

/** @throws HarnessError SHARED_OBJECT_NOT_ALLOWED (exit 2) before anything is started */
export function requireSharedAllowed(profile: Pick<Profile, 'claims'>, allowed: readonly string[]): void {
  const missing = sharedObjects(profile).filter(({ object }) => !allowed.includes(object));
  if (missing.length === 0) return;
  throw usageError(
    'SHARED_OBJECT_NOT_ALLOWED',
    `claims of this profile put something beside programs that others of the cluster use: ${missing.map(({ object, why }) => `${object} (${why})`).join('; ')}`,
    {
      hint: `Agree to each with ${missing.map(({ object }) => `--allow-shared ${object}`).join(' ')}, or leave out ${[...new Set(missing.flatMap(({ claims }) => claims))].join(', ')} by naming the others with --claim.`,
    },
  );
}
