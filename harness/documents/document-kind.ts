/** One kind of document that people write. */
import type { z } from 'zod';

/** A document kind: its schema, what it calls itself, and the first word of its error codes. */
export interface DocumentKind<Schema extends z.ZodType> {
  readonly prefix: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly schema: Schema;
}
