/** Claim kind `environments`: one Application for each environment; a merge moves exactly that one. */
import { z } from 'zod';
import { released, tagReleaseOf } from '../../documents/claim-atoms.ts';
import { claimBase, dnsLabel, insidePath, text } from '../../documents/document-atoms.ts';
import type { ClaimBase, TagRelease } from '../../documents/references.ts';
import { claimKind } from '../claim-kind.ts';

export interface Environment {
  readonly application: string;
  readonly namespace: string;
  readonly branch: string;
  readonly rollout: string;
  readonly release: TagRelease;
}

export interface EnvironmentsClaim extends ClaimBase {
  readonly kind: 'environments';
  readonly applicationSet: string;
  readonly environments: readonly Environment[];
}

export const environments = claimKind({
  kind: 'environments',
  summary: 'one Application for each environment; a merge into a branch moves exactly that environment',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('environments'),
    applicationSet: insidePath.describe('manifest of the ApplicationSet'),
    environments: z
      .array(
        z.strictObject({
          application: dnsLabel.describe('name of the Application that the set makes'),
          namespace: dnsLabel,
          branch: text,
          rollout: released.rollout,
          release: tagReleaseOf('a release').describe('what a merge into that branch changes'),
        }),
      )
      .min(2, 'must name at least two environments'),
  }),
  resolve: (claim): EnvironmentsClaim => ({
    ...claim,
    environments: claim.environments.map((environment) => ({ ...environment, rollout: environment.rollout.name })),
  }),
  addons: ['argocd'],
});
