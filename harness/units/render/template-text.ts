import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { readRegularFile } from '../../process/regular-file.ts';
import { isOutside } from '../linked-files.ts';
import type { ParsedFiles } from '../parsed-files.ts';

const LARGEST_BYTES = 8 * 1024 ** 2;

/**
 * A template may be in a chart that is packed, and then there is no text; or in one that Git ignores. A link may lead out
 * of the repository, and a device is read without end.
 */
export async function templateText({ tree }: Pick<ParsedFiles, 'tree'>, file: string): Promise<string> {
  const text = await tree.read(file);
  if (text !== undefined) return text;
  const real = await realpath(path.join(tree.root, file)).catch(() => tree.root);
  if (isOutside(tree.root, real)) return '';
  return readRegularFile(real, LARGEST_BYTES).then(String, () => '');
}
