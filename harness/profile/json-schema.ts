/** JSON Schemas of the documents that people write, for editors and for checking without this program. */
import { z } from 'zod';
import { faultDocumentSchema } from './faults.ts';
import { profileDocumentSchema } from './profile-document.ts';

/** Draft 2020-12 of the document as written: fields with a default are optional. */
export function profileJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(profileDocumentSchema, { io: 'input', target: 'draft-2020-12' });
}

export function faultJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(faultDocumentSchema, { io: 'input', target: 'draft-2020-12' });
}
