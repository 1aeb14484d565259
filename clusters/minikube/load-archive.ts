/** Images of the engine into the machine, all in one archive, and looked for there. */
import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { environmentError } from '../../harness/errors/harness-error.ts';
import type { Run } from '../access/machines/engine.ts';
import { shortReference } from '../access/machines/image-components.ts';

const imagesSchema = z.array(z.object({ repoTags: z.array(z.string()).nullish() }));

export interface ArchiveLoad {
  readonly run: Run;
  /** minikube's command line for the machine. */
  readonly minikube: (args: readonly string[], options: Parameters<Run>[1]) => ReturnType<Run>;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/**
 * Images share layers: one by one, each took a minute, and all in one archive some seconds.
 * @param archive path of a file that is made, and removed
 * @throws HarnessError IMAGE_LOAD_FAILED: minikube ends with 0 also when it has loaded nothing
 */
export async function loadArchive(
  references: readonly string[],
  archive: string,
  { run, minikube, signal, timeoutMs }: ArchiveLoad,
): Promise<void> {
  if (references.length === 0) return;
  const options = { signal, timeoutMs };
  try {
    await run(['docker', 'save', '--output', archive, ...references], options);
    await minikube(['image', 'load', archive], options);
  } finally {
    await rm(archive, { force: true });
  }
  const { stdout } = await minikube(['image', 'ls', '--format', 'json'], options);
  const held = new Set(
    imagesSchema
      .parse(JSON.parse(stdout))
      .flatMap(({ repoTags }) => repoTags ?? [])
      .map(shortReference),
  );
  const missing = references.filter((reference) => !held.has(shortReference(reference)));
  if (missing.length === 0) return;
  throw environmentError('IMAGE_LOAD_FAILED', `minikube did not load ${missing.join(', ')}`, {
    hint: 'minikube logs say more. Is there room on the disk of its machine?',
  });
}
