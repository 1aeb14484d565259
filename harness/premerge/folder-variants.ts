/**
 * Files of one folder that declare the same objects are variants of each other: people apply one of them. What a file refers
 * to is then what it holds itself, before what another variant holds under the same name.
 */
import { lintSet } from '../lint/lint-manifests.ts';
import type { Finding, ManifestObject, ManifestSet } from '../lint/manifest-set.ts';

/** All rules over a folder that nobody applies whole. */
export function lintFolder(set: ManifestSet): readonly Finding[] {
  const whole = lintSet(set, { severityOfTwins: 'warning' });
  const variants = variantFiles(set.objects);
  if (variants.size === 0) return whole;
  const common = set.objects.filter(({ path }) => !variants.has(path));
  const kept = whole.filter((finding) => finding.code === 'OBJECT_DUPLICATE' || !variants.has(fileOf(finding)));
  const own = [...variants].flatMap((file) => {
    const objects = set.objects.filter(({ path }) => path === file);
    const others = set.others ?? set.objects;
    return lintSet({ ...set, objects: [...common, ...objects], syntaxFindings: [], others }).filter(
      (finding) => finding.code !== 'OBJECT_DUPLICATE' && fileOf(finding) === file,
    );
  });
  return [...kept, ...own, ...set.syntaxFindings.filter((finding) => variants.has(fileOf(finding)))];
}

/** Files with an object that another file declares as well. */
function variantFiles(objects: readonly ManifestObject[]): ReadonlySet<string> {
  const files = new Map<string, Set<string>>();
  for (const { group, kind, namespace, name, path } of objects) {
    const identity = [group, kind, namespace, name].join('\n');
    files.set(identity, (files.get(identity) ?? new Set()).add(path));
  }
  return new Set([...files.values()].filter(({ size }) => size > 1).flatMap((same) => [...same]));
}

function fileOf({ where = '' }: Finding): string {
  return where.replace(/:\d+:\d+$/, '');
}
