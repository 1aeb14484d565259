/** What a profile's claims put beside programs that others may use too. Pure. */

import { ALERT_RECEIVER_OBJECT } from '../claims/alerts/judge.ts';
import { COMMIT_STATUS_OBJECT } from '../claims/rollback-effects/commit-status.ts';
import { usageError } from '../errors/harness-error.ts';
import type { Profile } from '../profile/profile.ts';
import { GATEWAY_LOG_OBJECT } from '../stage/gateway-log.ts';

export interface SharedObject {
  /** `KIND/NAMESPACE/NAME`, as `--allow-shared` takes it. */
  readonly object: string;
  readonly why: string;
  /** Ids of the claims that need it. */
  readonly claims: readonly string[];
}

interface Place {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

type Claim = Profile['claims'][number];
const NEEDS: readonly { readonly place: Place; readonly why: string; readonly of: (claim: Claim) => boolean }[] = [
  {
    place: GATEWAY_LOG_OBJECT,
    why: 'the ingress gateway logs errors while a claim that accounts for every request runs',
    of: ({ kind }) => kind === 'no-lost-request' || kind === 'undo' || kind === 'rollback-effects',
  },
  {
    place: COMMIT_STATUS_OBJECT,
    why: 'the Rollouts controller sends the commit status of a rollback to the run',
    of: (claim) => claim.kind === 'rollback-effects' && claim.commitStatus !== undefined,
  },
  {
    place: ALERT_RECEIVER_OBJECT,
    why: 'Alertmanager reaches the receiver of the run',
    of: ({ kind }) => kind === 'alerts',
  },
];

export function sharedObjects({ claims }: Pick<Profile, 'claims'>): readonly SharedObject[] {
  return NEEDS.flatMap(({ place: { kind, namespace, name }, why, of }) => {
    const needing = claims.filter(of).map(({ id }) => id);
    return needing.length === 0 ? [] : [{ object: `${kind}/${namespace}/${name}`, why, claims: needing }];
  });
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
