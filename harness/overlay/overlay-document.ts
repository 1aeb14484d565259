/**
 * The document `overlay.yaml`: every change that is made to what a unit of somebody's repository renders before it is
 * committed to the run's own Git. A verdict is about their manifests, except these.
 */
import { z } from 'zod';
import { checkDocument } from '../documents/check-document.ts';
import { text } from '../documents/document-atoms.ts';
import type { DocumentKind } from '../documents/document-kind.ts';
import { PROFILE_API_VERSION } from '../profile/profile-document.ts';

const target = z
  .strictObject({
    kind: text,
    name: text,
    namespace: text.optional().describe('needed only where two objects share kind and name'),
  })
  .describe('one object of what the unit renders, or the Application');

const pointer = z.string().regex(/^\/[\s\S]*$/, "must be a JSON pointer, such as '/spec/replicas'");

const change = z
  .strictObject({
    reason: text.describe('why, in one sentence: it stands in the report'),
    object: target.optional(),
    set: z.record(pointer, z.json()).optional().describe('JSON pointer -> value'),
    remove: z.array(pointer).min(1).optional().describe('JSON pointers; of one list the last index first'),
    drop: target.optional().describe('is not applied at all'),
    add: z
      .looseObject({ apiVersion: text, kind: text, metadata: z.looseObject({ name: text }) })
      .optional()
      .describe('an object that the repository does not bring'),
  })
  .refine(
    ({ object, set, remove, drop, add }) =>
      [object, drop, add].filter((one) => one !== undefined).length === 1 &&
      (object !== undefined) === (set !== undefined || remove !== undefined),
    { error: 'must hold object with set or remove, or drop, or add' },
  );

export const overlayDocumentSchema = z
  .strictObject({
    apiVersion: z.literal(PROFILE_API_VERSION),
    kind: z.literal('Overlay'),
    changes: z.array(change).default([]),
  })
  .meta({ title: 'canaryproof Overlay', id: `${PROFILE_API_VERSION}/Overlay` });

export type Overlay = z.output<typeof overlayDocumentSchema>;
export type OverlayChange = Overlay['changes'][number];
export type OverlayTarget = z.output<typeof target>;

const OVERLAY_KIND: DocumentKind<typeof overlayDocumentSchema> = {
  prefix: 'OVERLAY',
  apiVersion: PROFILE_API_VERSION,
  kind: 'Overlay',
  schema: overlayDocumentSchema,
};

/** @throws DocumentError (exit 2) OVERLAY_YAML_SYNTAX, OVERLAY_UNKNOWN_FIELD, … as checkDocument */
export function parseOverlay(text: string, file: string): Overlay {
  return checkDocument(OVERLAY_KIND, file, text).value;
}
