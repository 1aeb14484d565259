/** What a machine must have before anything can be built: for `doctor`, which names all that is missing at once. */
import path from 'node:path';
import { runProgram } from '../../../harness/process/run-program.ts';
import type { Recipe } from '../catalogue/recipe.ts';
import { directoryBytes, freeBytes, gibibytes, neededBytes } from '../disk-space.ts';

export interface MissingPrerequisite {
  readonly problem: string;
  readonly hint: string;
}

/** @param recipes what would be built; Go itself is not needed, it comes as a wheel */
export async function missingPrerequisites(
  cacheDirectory: string,
  recipes: readonly Recipe[],
): Promise<readonly MissingPrerequisite[]> {
  const missing: MissingPrerequisite[] = [];
  const [python, pip] = await Promise.all([
    runs(['python3', '--version']),
    runs(['python3', '-m', 'pip', '--version']),
  ]);
  if (!python || !pip)
    missing.push({
      problem: python ? "Python's pip is not installed" : 'python3 is not installed',
      hint: `apt-get install -y ${python ? 'python3-pip' : 'python3 python3-pip'} (Debian, Ubuntu)`,
    });
  const needed = neededBytes(recipes, true) - (await directoryBytes(cacheDirectory));
  const free = await freeBytesOfNearest(cacheDirectory);
  if (free < needed)
    missing.push({
      problem: `building needs about ${gibibytes(needed)} of disk for a while, ${gibibytes(free)} are free`,
      hint: `free some space near ${cacheDirectory}, or set CANARYPROOF_CACHE to a larger disk`,
    });
  return missing;
}

async function runs(argv: readonly [string, ...string[]]): Promise<boolean> {
  return runProgram(argv, { timeoutMs: 30_000 }).then(
    () => true,
    () => false,
  );
}

/** The cache need not exist yet: its nearest existing ancestor is on the same disk. */
async function freeBytesOfNearest(directory: string): Promise<number> {
  const parent = path.dirname(directory);
  return freeBytes(directory).catch((error: unknown) => {
    if (parent === directory) throw error;
    return freeBytesOfNearest(parent);
  });
}
