/** Claim kind `policies`: Kyverno refuses pods without what a policy requires, and admits what Git declares. */
import { z } from 'zod';
import { durationText, durationToMs } from '../../documents/budgets.ts';
import { claimBase, dnsLabel, namedRef } from '../../documents/document-atoms.ts';
import { declaredWorkloads } from '../../kyverno/declared-workloads.ts';
import { claimKind } from '../claim-kind.ts';
import { lintPolicies } from './lint.ts';
import { type PoliciesClaim, RESOURCE_FIELDS } from './policies-claim.ts';
import { questionsAbout } from './questions.ts';

export const policies = claimKind({
  kind: 'policies',
  summary:
    'pods without the requests or limits that a policy requires are refused by it, and what Git declares is admitted',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('policies'),
    policy: namedRef.shape.name.describe('ValidatingPolicy (policies.kyverno.io) in Git'),
    namespace: dnsLabel.optional().describe("whose pods it is about; default: the profile's first namespace"),
    requires: z
      .array(z.enum(RESOURCE_FIELDS))
      .min(1)
      .describe('of every container; a pod that lacks one of these must be refused, by a rule that names it'),
    failsClosed: z.boolean().default(true).describe('nothing is admitted while the policy engine is away'),
    readyWithin: durationText.default('1m').describe('from the judgement on, until Kyverno calls the policy ready'),
  }),
  resolve: ({ readyWithin, namespace, ...claim }, { home }): PoliciesClaim => ({
    ...claim,
    ...{ home, namespace: namespace ?? home, readyWithinMs: durationToMs(readyWithin)! },
  }),
  lint: (claim: PoliciesClaim, { files }) => lintPolicies(claim, files),
  plan(claim: PoliciesClaim, { files }) {
    const asked = questionsAbout(declaredWorkloads(files, claim), claim.requires).length;
    return [
      { section: 'Steps', line: `${claim.id}: ${asked} pods and workloads by dry run, which makes none of them` },
    ];
  },
  addons: ['kyverno'],
});
