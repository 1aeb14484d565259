/** The summary of a step on GitHub, which takes 1 MiB: https://docs.github.com/actions (GITHUB_STEP_SUMMARY). */
import { appendFile, stat } from 'node:fs/promises';
import { environmentError } from '../../errors/harness-error.ts';
import type { World } from '../world.ts';

/** GitHub drops a longer summary whole, with what others wrote into it. */
const LIMIT_BYTES = 1024 ** 2;

/**
 * @returns false when no runner asked for one, or it would not fit
 * @throws HarnessError OUTPUT_UNWRITABLE (exit 3)
 */
export async function appendStepSummary({ env }: Pick<World, 'env'>, text: string): Promise<boolean> {
  const file = env.GITHUB_STEP_SUMMARY;
  if (!file) return false;
  const there = await stat(file).then(
    ({ size }) => size,
    () => 0,
  );
  const addition = `${text.trimEnd()}\n`;
  if (there + Buffer.byteLength(addition) > LIMIT_BYTES) return false;
  await appendFile(file, addition).catch((cause: unknown) => {
    throw environmentError('OUTPUT_UNWRITABLE', 'a file that GitHub named cannot be written', { where: file, cause });
  });
  return true;
}
