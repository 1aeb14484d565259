/** Container images that a repository's manifests name. */
import { parseAllDocuments, visit } from 'yaml';
import type { RepositoryFile } from '../../profile/collect-repository.ts';

/** Every scalar under a key `image`, and Kustomize's replacements, each once; files that are no YAML name none. */
export function imagesNamed(files: readonly RepositoryFile[]): readonly string[] {
  const found = new Set<string>();
  for (const { path, text } of files) {
    if (!/\.ya?ml$/.test(path)) continue;
    for (const document of parseAllDocuments(text))
      visit(document, {
        Pair(_key, pair) {
          const key = String((pair.key as { value?: unknown } | null)?.value ?? '');
          const value = (pair.value as { value?: unknown } | null)?.value;
          if (key === 'image' && typeof value === 'string') found.add(value);
        },
        Map(_key, map) {
          const { name, newName, newTag } = map.toJSON() as Record<string, unknown>;
          if (typeof newTag === 'string' && typeof name === 'string') found.add(`${newName ?? name}:${newTag}`);
        },
      });
  }
  return [...found].sort();
}
