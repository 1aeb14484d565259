/** Changes of single fields of the manifests that a policy is read from. */
import type { PolicyEdit } from '../../../reports/model/simulation/recommendation.ts';
import type { ManifestValue } from '../policy.ts';
import type { PolicySource } from '../simulation-input.ts';

/** `AnalysisTemplate limits` */
export function objectName(object: ManifestValue): string {
  return `${object.kind ?? 'AnalysisTemplate'} ${(object.metadata as { readonly name?: string } | undefined)?.name}`;
}

/** A copy with the edits; what is not edited is shared with the original. */
export function applyEdits(source: PolicySource, edits: readonly PolicyEdit[]): PolicySource {
  const edited = (object: ManifestValue): ManifestValue => {
    const name = objectName(object);
    return edits
      .filter((edit) => edit.object === name)
      .reduce<ManifestValue>((value, { path, to }) => withValue(value, path, to) as ManifestValue, object);
  };
  return { ...source, rollout: edited(source.rollout), templates: source.templates.map(edited) };
}

function withValue(value: unknown, [key, ...rest]: PolicyEdit['path'], to: unknown): unknown {
  if (key === undefined) return to;
  if (Array.isArray(value)) return value.map((item, index) => (index === key ? withValue(item, rest, to) : item));
  const record = (value ?? {}) as Readonly<Record<string, unknown>>;
  return { ...record, [key]: withValue(record[key], rest, to) };
}
