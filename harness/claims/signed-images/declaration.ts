/** Claim kind `signed-images`: Kyverno admits images that the release key signed, and no others of the run's registry. */
import { z } from 'zod';
import { durationText, durationToMs } from '../../documents/budgets.ts';
import { claimBase, dnsLabel, namedRef } from '../../documents/document-atoms.ts';
import { declaredWorkloads } from '../../kyverno/declared-workloads.ts';
import { claimKind } from '../claim-kind.ts';
import { lintSignedImages } from './lint.ts';
import { movedQuestions, questionsAbout } from './questions.ts';
import type { SignedImagesClaim } from './signed-images-claim.ts';

export const signedImages = claimKind({
  kind: 'signed-images',
  summary:
    'images that the release key signed are admitted by their digest, unsigned ones, those of another key and moved tags are refused',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('signed-images'),
    policy: namedRef.shape.name.describe('ImageValidatingPolicy (policies.kyverno.io) in Git'),
    namespace: dnsLabel.optional().describe("whose pods it is about; default: the profile's first namespace"),
    otherRegistries: z
      .enum(['admitted', 'refused'])
      .default('refused')
      .describe('what becomes of an image from another registry, such as that of a sidecar'),
    pinsDigests: z
      .boolean()
      .default(true)
      .describe(
        'an admitted pod names each image of the registry by the digest that was looked at, not by a tag alone',
      ),
    failsClosed: z.boolean().default(true).describe('nothing is admitted while the policy engine is away'),
    readyWithin: durationText.default('1m').describe('from the judgement on, until Kyverno calls the policy ready'),
  }),
  resolve: ({ readyWithin, namespace, ...claim }, { home }): SignedImagesClaim => ({
    ...claim,
    ...{ home, namespace: namespace ?? home, readyWithinMs: durationToMs(readyWithin)! },
  }),
  lint: (claim: SignedImagesClaim, { files }) => lintSignedImages(claim, files),
  plan(claim: SignedImagesClaim, { files }) {
    const workloads = declaredWorkloads(files, claim);
    const asked = questionsAbout(workloads, claim, '').length + movedQuestions(workloads, '').length;
    return [
      {
        section: 'Steps',
        line: `${claim.id}: ${asked} pods and workloads by dry run, which makes none of them; the images are pushed into the run's own registry and signed with keys of the run`,
      },
    ];
  },
  addons: ['kyverno', 'registry'],
});
