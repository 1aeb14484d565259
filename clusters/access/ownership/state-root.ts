/** The folder that holds what a provider knows of its clusters. */
import { mkdir } from 'node:fs/promises';
import { environmentError } from '../../../harness/errors/harness-error.ts';

/** @throws HarnessError STATE_FOLDER_UNUSABLE when this user cannot make it */
export async function makeStateRoot(stateRoot: string): Promise<void> {
  await mkdir(stateRoot, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw environmentError('STATE_FOLDER_UNUSABLE', `the folder for the state of clusters cannot be made: ${reason}`, {
      where: stateRoot,
      hint: 'Let XDG_STATE_HOME (or HOME) name a folder that this user may write to.',
      cause,
    });
  });
}
