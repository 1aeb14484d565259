/** Some of a profile's claims, for who wants an answer to one question: a run of the rest says nothing about these. */

import { kindOf } from '../claims/declarations.ts';
import { nearestName } from '../documents/nearest-name.ts';
import { usageError } from '../errors/harness-error.ts';
import type { Profile } from './profile.ts';

/**
 * The profile with the claims of these ids only, in its own order. A claim may be named without the profile's name
 * (`split-90-10`). A witness of a split needs the traffic of that split, which is therefore kept, too.
 *
 * @param ids empty: every claim
 * @throws HarnessError (exit 2) CLAIM_UNKNOWN, naming the known ones
 */
export function selectClaims(profile: Profile, ids: readonly string[]): Profile {
  if (ids.length === 0) return profile;
  const known = profile.claims.map(({ id }) => id);
  const named = new Set(ids.map((id) => claimNamed(id, profile.name, known)));
  for (const claim of profile.claims)
    if (named.has(claim.id)) for (const id of kindOf(claim).needs?.(claim) ?? []) named.add(id);
  return { ...profile, claims: profile.claims.filter(({ id }) => named.has(id)) };
}

function claimNamed(typed: string, profile: string, known: readonly string[]): string {
  const found = known.find((id) => id === typed || id.slice(id.indexOf('/') + 1) === typed);
  if (found !== undefined) return found;
  const near = nearestName(typed, [...known, ...known.map((id) => id.slice(id.indexOf('/') + 1))]);
  throw usageError(
    'CLAIM_UNKNOWN',
    `profile ${profile} has no claim '${typed}'${near ? `; did you mean '${near}'?` : ''}`,
    {
      hint: `Known claims: ${known.join(', ')}.`,
    },
  );
}
