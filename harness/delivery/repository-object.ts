/** One object of the run's repository, as a claim hands it to the cluster. */
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../k8s/client/object.ts';
import { usageError } from '../errors/harness-error.ts';
import type { RepositoryFile } from '../profile/collect-repository.ts';

/** @throws HarnessError (exit 2) MANIFEST_OBJECT_MISSING */
export function repositoryObject(files: readonly RepositoryFile[], path: string, kind: string): KubeObject {
  const text = files.find((file) => file.path === path)?.text ?? '';
  const objects = parseAllDocuments(text).map((document) => document.toJS() as KubeObject | null);
  const found = objects.find((object) => object?.kind === kind);
  if (found) return found;
  throw usageError('MANIFEST_OBJECT_MISSING', `${path} holds no ${kind}`, { where: path });
}

/** An Application or ApplicationSet that reads the run's own repository instead of the address in Git. */
export function pointedAt(object: KubeObject, repositoryUrl: string): KubeObject {
  const text = JSON.stringify(object, (key, value: unknown) => (key === 'repoURL' ? repositoryUrl : value));
  return JSON.parse(text) as KubeObject;
}
