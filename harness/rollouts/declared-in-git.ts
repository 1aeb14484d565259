/** The steps of a Rollout as Git declares them, rendered where a Kustomization says more than its files. */
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../k8s/client/object.ts';
import type { RepositoryFile } from '../profile/collect-repository.ts';
import type { Scene } from '../scene/scene.ts';
import type { RolloutEvidence } from './layers/rollout-evidence.ts';
import { readCanary } from './rollout-object.ts';

/**
 * @param file that a release changes: where it is a Kustomization, what that renders to is declared
 * @returns undefined where Git does not say it in one place
 */
export async function stepsInGit(
  name: string,
  file: string,
  { source, renderKustomization, progress }: Pick<Scene, 'source' | 'renderKustomization' | 'progress'>,
): Promise<RolloutEvidence['git']> {
  const inFiles = source.files.filter(({ path: where }) => /\.ya?ml$/.test(where));
  const found = inFiles.flatMap((one) => rolloutsIn(one, name).map((object) => ({ object, where: one.path })));
  const [only] = found;
  if (only === undefined || found.length > 1) return undefined;
  const folder = path.posix.dirname(file);
  if (!renderKustomization || !/^kustomization\.ya?ml$/.test(path.posix.basename(file)))
    return { steps: readCanary(only.object).steps, where: only.where };
  try {
    const text = await renderKustomization(folder);
    const [rendered] = rolloutsIn({ path: folder, text }, name);
    return rendered && { steps: readCanary(rendered).steps, where: `${only.where}, rendered by ${folder}` };
  } catch (error) {
    progress.note(`the steps in Git are not read: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function rolloutsIn({ text }: Pick<RepositoryFile, 'path' | 'text'>, name: string): KubeObject[] {
  const documents = parseAllDocuments(text);
  return (Array.isArray(documents) ? documents : [])
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object): object is KubeObject => object?.kind === 'Rollout' && object.metadata?.name === name);
}
