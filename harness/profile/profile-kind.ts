/** The document kind Profile: text to checked document to Profile, without a file system. */
import { resolve as join } from 'node:path';
import { checkDocument } from '../documents/check-document.ts';
import { throwProblems } from '../documents/document-error.ts';
import type { DocumentKind } from '../documents/document-kind.ts';
import type { Profile } from './profile.ts';
import { PROFILE_API_VERSION, profileDocumentSchema } from './profile-document.ts';
import { resolveProfile } from './resolve-profile.ts';

const PROFILE_KIND: DocumentKind<typeof profileDocumentSchema> = {
  prefix: 'PROFILE',
  apiVersion: PROFILE_API_VERSION,
  kind: 'Profile',
  schema: profileDocumentSchema,
};

/**
 * @param file path of the text, for messages; @param directory absolute directory of the profile.
 * @throws DocumentError (exit 2), see checkDocument, and PROFILE_DUPLICATE_CLAIM, PROFILE_DUPLICATE_NAMESPACE,
 *   PROFILE_DUPLICATE_FILE, PROFILE_EMPTY_SOURCE, PROFILE_TWO_SOURCES, PROFILE_CLAIM_ID, PROFILE_REFERENCE.
 */
export function parseProfile(text: string, file: string, directory: string): Profile {
  const { value, source } = checkDocument(PROFILE_KIND, file, text);
  const resolved = resolveProfile(value, { directory, file, join }, source);
  if ('profile' in resolved) return resolved.profile;
  throwProblems(PROFILE_KIND.prefix, resolved.problems);
  throw new Error('a profile without problems was not resolved');
}
