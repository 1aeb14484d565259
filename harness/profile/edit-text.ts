/** Edits of a file in Git as a fault names them: texts that stand in it once, and what stands there instead. */
import { usageError } from '../errors/harness-error.ts';
import type { RepositoryFile } from './collect-repository.ts';

export interface TextEdit {
  readonly find: string;
  readonly replace: string;
}

/** @throws HarnessError (exit 2) MANIFEST_FILE_MISSING, MANIFEST_TEXT_MISSING, MANIFEST_TEXT_AMBIGUOUS */
export function withTextEdits(
  files: readonly RepositoryFile[],
  path: string,
  edits: readonly TextEdit[],
): readonly RepositoryFile[] {
  const file = files.find((candidate) => candidate.path === path);
  if (file === undefined)
    throw usageError('MANIFEST_FILE_MISSING', `the repository has no file ${path}`, {
      where: path,
      hint: 'commit.file of a fault is relative to the root of Git.',
    });
  const text = edits.reduce((current, edit) => edited(current, edit, path), file.text);
  return files.map((candidate) => (candidate === file ? { ...file, text } : candidate));
}

function edited(text: string, { find, replace }: TextEdit, path: string): string {
  const at = text.indexOf(find);
  const asked = { where: path, hint: 'commit.edits of a fault name texts that stand in the file exactly once.' };
  if (at < 0) throw usageError('MANIFEST_TEXT_MISSING', `${path} does not hold ${JSON.stringify(find)}`, asked);
  if (text.indexOf(find, at + 1) >= 0)
    throw usageError('MANIFEST_TEXT_AMBIGUOUS', `${path} holds ${JSON.stringify(find)} more than once`, asked);
  return text.slice(0, at) + replace + text.slice(at + find.length);
}
