/** Pieces that several kinds of claim are made of. */
import { z } from 'zod';
import { HarnessError } from '../errors/harness-error.ts';
import { claimId, dnsLabel, insidePath, labels, namedRef, text, urlPath } from './document-atoms.ts';
import type { Release } from './references.ts';
import { parseObjective } from './response-objective.ts';

export const share = z.number().gt(0, 'must be above 0').lt(1, 'must be below 1');

/** Subset -> weight. */
export const weights = z
  .record(z.string().min(1), z.int('must be a whole number').min(0).max(100))
  .refine((value) => Object.values(value).reduce((sum, weight) => sum + weight, 0) === 100, {
    error: (issue) => `must sum to 100, but sum to ${sumOf(issue.input)}`,
  })
  .describe('subset of the split -> weight; all of them, summing to 100');

function sumOf(input: unknown): number {
  return Object.values(input as Record<string, number>).reduce((sum, weight) => sum + weight, 0);
}

export const splitRef = claimId.describe('id of a traffic-split claim of this profile');

/** @param starts what a commit of the tag starts, for the description */
export const tagReleaseOf = (starts: string) =>
  z.strictObject({
    file: insidePath.describe('Kustomization in Git that names the image tag'),
    image: text.describe('name of the image as the Kustomization has it'),
    tag: text.describe(`committed to start ${starts}`),
  });

/** Any change of one file in Git: the tag of a Kustomization, one field of a YAML file, or another file in its place. */
export const releaseOf = (starts: string) =>
  z
    .strictObject({
      file: insidePath.describe('file in Git that the commit changes'),
      image: text.optional().describe('name of the image as the Kustomization has it'),
      tag: text.optional().describe(`with image: newTag, committed to start ${starts}`),
      field: z
        .string()
        .regex(/^\//, "must be a JSON pointer, such as '/spec/template/spec/containers/0/image'")
        .optional()
        .describe('JSON pointer to a scalar of the YAML file, which holds one document'),
      value: text.optional().describe('with field: what is written there'),
      from: insidePath.optional().describe('file in Git whose text replaces that of `file`'),
      version: text.describe('how pods of that release name themselves'),
    })
    .refine(
      ({ image, tag, field, value, from }) =>
        [image, field, from].filter((one) => one !== undefined).length === 1 &&
        (image === undefined) === (tag === undefined) &&
        (field === undefined) === (value === undefined),
      { error: 'must hold image and tag, or field and value, or from' },
    )
    .transform(({ file, version, image, tag, field, value, from }): Release => {
      if (image !== undefined && tag !== undefined) return { file, version, image, tag };
      if (field !== undefined && value !== undefined) return { file, version, field, value };
      return { file, version, from: from ?? file };
    });

/** Which Rollout is released, and how its releases name themselves. */
export const released = {
  rollout: namedRef.describe('the Argo Rollouts Rollout that is released'),
  service: text.describe('service in the chain of hops whose version says which release answered'),
};

/** Which Rollout, and how its versions name themselves. */
export const rolloutTarget = {
  rollout: namedRef.describe('the Argo Rollouts Rollout that the claim is about'),
  service: text.describe('service in the chain of hops whose version says which track answered'),
};

/** A claim that works on a copy of the Rollout, with a host of its own at the ingress. */
export const stagedTarget = {
  ...rolloutTarget,
  path: urlPath.default('/').describe('asked at the ingress of the copy that the claim works on'),
};

export const podHolds = z
  .strictObject({
    workers: z.int().min(1).max(1000),
    serviceMs: z.number().positive().max(60_000).describe('for which a request keeps a worker'),
    queue: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(0)
      .describe('requests that may wait for a worker; the next is refused'),
  })
  .optional()
  .describe('what a pod of the stand-in holds, workers * 1000 / serviceMs a second; default: what it does by itself');

/** Undefined: what the application holds by itself. */
export type PodHolds = Readonly<NonNullable<z.output<typeof podHolds>>>;

export const objectiveText = z
  .string()
  .describe(
    'p95<500ms: at most 5 % of the requests may fail or take longer than 500 ms; errors<1%: at most 1 % may fail or take longer than 5 s',
  )
  .superRefine((text, { addIssue }) => {
    try {
      parseObjective(text, 'objective');
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;
      addIssue({ code: 'custom', message: error.message });
    }
  });

/** Pods of the stand-in that are told how to behave, and count what reaches them. */
export const receiverPods = z.strictObject({
  labels: labels.describe('of the pods that count what reaches them'),
  namespace: dnsLabel.optional().describe("default: the profile's first namespace"),
});
