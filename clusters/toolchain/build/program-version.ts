/** Asks a program for its version: what is shown to people is what the program says, not what the catalogue hopes. */
import { environmentError } from '../../../harness/errors/harness-error.ts';
import { runProgram } from '../../../harness/process/run-program.ts';
import type { ProgramSpec } from '../catalogue/recipe.ts';

/**
 * @returns what the program said, or the expected version where it cannot say
 * @throws HarnessError PROGRAM_DOES_NOT_RUN, PROGRAM_VERSION_UNREAD, PROGRAM_VERSION_WRONG
 */
export async function askVersion(
  spec: ProgramSpec,
  file: string,
  expected: string | undefined,
  home: string,
): Promise<string> {
  const { asks } = spec;
  if (asks === undefined) return expected ?? 'unknown';
  const output = await runProgram([file, ...asks.args], { timeoutMs: 60_000, env: { HOME: home } }).then(
    ({ stdout, stderr }) => `${stdout}\n${stderr}`,
    (cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw environmentError('PROGRAM_DOES_NOT_RUN', `${spec.name} does not run on this machine: ${why}`, {
        where: file,
        hint: 'It may need a newer C library (Debian 12, Ubuntu 22.04 or later), or the cache is mounted noexec.',
        cause,
      });
    },
  );
  const said = asks.pattern.exec(output)?.[1];
  if (said === undefined)
    throw environmentError(
      'PROGRAM_VERSION_UNREAD',
      `${spec.name} printed no version: ${output.trim().slice(0, 200)}`,
      {
        where: file,
      },
    );
  const wanted = asks.says ?? expected;
  if (wanted !== undefined && plainVersion(said) !== plainVersion(wanted))
    throw environmentError('PROGRAM_VERSION_WRONG', `${spec.name} says ${said}, the catalogue says ${wanted}`, {
      where: file,
      hint: 'The recipe and the program disagree: report it.',
    });
  return said;
}

/** Without a leading `v` and without build metadata. */
function plainVersion(version: string): string {
  return version.replace(/^v/, '').replace(/\+.*$/, '');
}
