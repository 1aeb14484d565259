/** What GitHub's runner says of itself by its environment. */
import { usageError } from '../../../errors/harness-error.ts';
import type { World } from '../../world.ts';

const API_URL = 'https://api.github.com';

export function tokenOf({ env }: World): string | undefined {
  return env.GITHUB_TOKEN || env.GH_TOKEN || undefined;
}

export function apiUrlOf({ env }: World): string {
  return env.GITHUB_API_URL || API_URL;
}

/** @throws HarnessError FORGE_REPOSITORY (exit 2) */
export function repositoryOf({ env }: World, given: string | undefined): string {
  const name = given ?? env.GITHUB_REPOSITORY;
  if (name !== undefined && /^(?!\.{1,2}\/)[\w.-]+\/(?!\.{1,2}$)[\w.-]+$/.test(name)) return name;
  throw usageError('FORGE_REPOSITORY', 'it is not known which repository this is about', {
    hint: 'Give --repository OWNER/NAME, or run it where GITHUB_REPOSITORY is set.',
  });
}
