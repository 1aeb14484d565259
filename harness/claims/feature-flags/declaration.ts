/** Claim kind `feature-flags`: a flag of Unleash changes what users get, without a deployment, and for as many as declared. */
import { z } from 'zod';
import { durationText, durationToMs } from '../../documents/budgets.ts';
import { share, splitRef } from '../../documents/claim-atoms.ts';
import { claimBase, namedRef, text, trafficPath } from '../../documents/document-atoms.ts';
import { percent, seconds } from '../../documents/figures.ts';
import { manifestFinding } from '../../lint/claim-finding.ts';
import { claimKind, type PlanLine } from '../claim-kind.ts';
import { declaredFlag } from './declared-flag.ts';
import type { FeatureFlagsClaim } from './feature-flags-claim.ts';
import { askedOf, usersFor } from './users.ts';

const USER = /^(header|cookie):([!#$%&'*+.^_`|~0-9A-Za-z-]+)$/;

export const featureFlags = claimKind({
  kind: 'feature-flags',
  summary:
    'a flag of Unleash changes what users get without a deployment, for the declared share of users and for each alike',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('feature-flags'),
    flag: text.describe('name of the flag in Unleash'),
    declaredIn: namedRef.describe(
      'ConfigMap in Git with an export of Unleash that holds the flag, as one of its values',
    ),
    service: text.describe('service in the chain of hops that evaluates the flag, and says there what came of it'),
    path: trafficPath,
    user: z
      .string()
      .regex(USER, 'must be header:NAME or cookie:NAME')
      .default('header:x-user-id')
      .describe('what of a request says whose it is: header:NAME or cookie:NAME'),
    margin: share
      .optional()
      .describe('half-width of the accepted band around the declared share of users; default: by the assurance'),
    toggledWithin: durationText
      .default('30s')
      .describe('from the answer of Unleash on, until every request is answered by the new state'),
    servesLastKnown: z
      .boolean()
      .default(true)
      .describe('while Unleash is away users get what they got before; it is taken away and brought back'),
    split: splitRef
      .optional()
      .describe('a traffic-split claim whose shares of requests are reported beside that of users'),
  }),
  resolve(
    { toggledWithin, user, path, declaredIn, margin, split: id, ...claim },
    { home, placed, pathOf, splitOf },
  ): FeatureFlagsClaim | undefined {
    const [, kind, name = ''] = USER.exec(user) ?? [];
    const split = id === undefined ? undefined : splitOf(id, ['split']);
    if (id !== undefined && split === undefined) return undefined;
    return {
      ...claim,
      ...{ home, split, margin, path: pathOf(path), declaredIn: placed(declaredIn) },
      user: { kind: kind === 'cookie' ? 'cookie' : 'header', name },
      toggledWithinMs: durationToMs(toggledWithin)!,
    };
  },
  lint(claim: FeatureFlagsClaim, { files, where }) {
    try {
      usersFor(declaredFlag(files, claim).share, claim.margin, 'smoke');
      return [];
    } catch (error) {
      return [manifestFinding(error, where)];
    }
  },
  plan(claim: FeatureFlagsClaim, { files, assurance, ratePerSecond }): readonly PlanLine[] {
    const declared = declaredFlag(files, claim);
    const users = usersFor(declared.share, claim.margin, assurance);
    const rate = ratePerSecond ?? claim.path.ratePerSecond;
    const { requests, durationMs } = askedOf(claim, users, rate);
    return [
      {
        section: 'Load',
        line: `${claim.id} ${claim.path.kind}: about ${requests} requests of ${users} users at ${rate}/s, ${seconds(durationMs)}; ${percent(declared.share)} of the users are to get ${claim.flag}`,
      },
      {
        section: 'Steps',
        line: `${claim.id}: switches ${claim.flag} off and on${claim.servesLastKnown ? ', then takes Unleash away and brings it back' : ''}`,
      },
    ];
  },
  paths: ({ path }) => [path],
  addons: ['istio', 'unleash'],
});
