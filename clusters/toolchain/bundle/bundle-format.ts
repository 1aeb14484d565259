/**
 * One file with built components, for the caches of CI and for sites without a network:
 *
 *     canaryproof-toolchain 1⏎                     what it is
 *     zstd( index as JSON ⏎ · every file, one behind the other, in the order of the index )
 *     ⏎sha256 <64 hex digits>⏎                     over everything before it
 *
 * The index holds no time and no path of a machine, so the same components give the same bytes.
 */
import { z } from 'zod';
import { environmentError } from '../../../harness/errors/harness-error.ts';

const FORMAT = 1;
export const MAGIC = `canaryproof-toolchain ${FORMAT}\n`;
export const TRAILER_BYTES = '\nsha256 '.length + 64 + 1;
/** Of the longest index that is read; a real one has some ten kilobytes. */
export const LONGEST_INDEX_BYTES = 16 * 1024 ** 2;

export const trailerOf = (sha256: string): string => `\nsha256 ${sha256}\n`;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** Below the component's folder and nowhere else: no empty part, no `.` and no `..`. */
const relativePath = z
  .string()
  .regex(/^(programs|data|tree)(\/[^/\0]+)+$/)
  .refine((text) => text.split('/').every((part) => part !== '.' && part !== '..'));

const indexSchema = z.strictObject({
  architecture: z.enum(['x64', 'arm64']),
  components: z
    .array(
      z.strictObject({
        component: z.string(),
        version: z.string(),
        origin: z.string(),
        recipeHash: sha256,
        programs: z.array(
          z.strictObject({ name: z.string(), file: relativePath, version: z.string(), origin: z.string() }),
        ),
        files: z.array(z.strictObject({ path: relativePath, bytes: z.int().min(0), sha256, executable: z.boolean() })),
      }),
    )
    .min(1),
});
export type BundleIndex = z.infer<typeof indexSchema>;
export type BundledComponent = BundleIndex['components'][number];

/** @throws HarnessError TOOLCHAIN_FILE_ALTERED */
export function parseIndex(text: string, where: string): BundleIndex {
  try {
    return indexSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw altered(where, 'its index is not one that canaryproof wrote', cause);
  }
}

/** @throws HarnessError TOOLCHAIN_FILE_FOREIGN, TOOLCHAIN_FILE_NEWER */
export function requireMagic(start: string, where: string): void {
  if (start.startsWith(MAGIC)) return;
  const [, version] = /^canaryproof-toolchain (\d+)\n/.exec(start) ?? [];
  if (version !== undefined && Number(version) > FORMAT)
    throw environmentError('TOOLCHAIN_FILE_NEWER', `the file has format ${version}, this canaryproof reads ${FORMAT}`, {
      where,
      hint: 'Import it with the canaryproof that exported it, or a newer one.',
    });
  throw environmentError('TOOLCHAIN_FILE_FOREIGN', 'the file is no toolchain that canaryproof exported', {
    where,
    hint: 'Give the file that `canaryproof toolchain export FILE` wrote. Nothing was changed.',
  });
}

export function altered(where: string, why: string, cause?: unknown): Error {
  return environmentError('TOOLCHAIN_FILE_ALTERED', `the file is not as it was exported: ${why}`, {
    where,
    hint: 'Copy it again from where it was exported. None of it was installed.',
    ...(cause === undefined ? {} : { cause }),
  });
}
