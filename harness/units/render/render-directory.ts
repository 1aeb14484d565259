/** Plain manifests: what Argo CD reads of a directory (reposerver/repository, getPotentiallyValidManifests). */

import type { Finding, ManifestObject } from '../../lint/manifest-set.ts';
import { asRecord } from '../../lint/manifest-set.ts';
import { matchesGlob } from '../../pattern/glob.ts';
import type { ParsedFiles } from '../parsed-files.ts';
import { filesBelow } from '../repository-path.ts';
import type { DirectorySource } from '../unit-model.ts';

const READ_BY_ARGO = /\.(ya?ml|json|jsonnet)$/;
const SKIP_MARKER = '+argocd:skip-file-rendering';

export interface Rendered {
  readonly objects: readonly ManifestObject[];
  readonly findings: readonly Finding[];
  readonly files: readonly string[];
  readonly isRenamed?: boolean;
  /** Something of it lies in another repository, and is left out. */
  readonly isPartial?: boolean;
  /** See RenderedUnit. */
  readonly isChangedElsewhere?: boolean;
}

function filesOfDirectory(paths: readonly string[], source: DirectorySource): readonly string[] {
  const prefix = source.path === '' ? '' : `${source.path}/`;
  return filesBelow(paths, source.path).filter((file) => {
    if (!READ_BY_ARGO.test(file)) return false;
    const relative = file.slice(prefix.length);
    if (!source.recurse && relative.includes('/')) return false;
    if (source.exclude !== undefined && matchesGlob(source.exclude, relative)) return false;
    return source.include === undefined || matchesGlob(source.include, relative);
  });
}

export async function renderDirectory(
  files: ParsedFiles,
  source: DirectorySource,
  namespace: string,
): Promise<Rendered> {
  return renderFiles(files, filesOfDirectory(files.tree.files, source), namespace);
}

export async function renderFiles(files: ParsedFiles, paths: readonly string[], namespace: string): Promise<Rendered> {
  const objects: ManifestObject[] = [];
  const findings: Finding[] = [];
  for (const path of paths) {
    if (path.endsWith('.jsonnet')) {
      findings.push({
        code: 'JSONNET_NOT_JUDGED',
        layer: 'manifest',
        severity: 'info',
        sentence: `${path} is a Jsonnet program; what it makes is not judged`,
        where: `${path}:1:1`,
      });
      continue;
    }
    const parsed = await files.get(path);
    if (!parsed || parsed.text.includes(SKIP_MARKER)) continue;
    findings.push(...parsed.syntaxFindings);
    objects.push(...parsed.objects.map((object) => inNamespace(object, namespace)));
  }
  return { objects, findings, files: paths };
}

/** A namespace that the manifest names wins over the destination. */
export function inNamespace(object: ManifestObject, namespace: string): ManifestObject {
  const own = asRecord(object.value.metadata)?.namespace;
  return typeof own === 'string' ? object : { ...object, namespace };
}
