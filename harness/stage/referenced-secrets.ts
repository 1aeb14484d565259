/** Secrets that pods of an application do not start without, as a copy has them. Pure. */
import type { KubeObject } from '../../k8s/client/object.ts';

/** Fields that name one, and the lists of such that a pod has. */
interface Named {
  readonly name?: string;
  readonly secretName?: string;
}

/** Names of those that pod templates refer to; what they may do without is among them. */
export function referencedSecrets(objects: readonly KubeObject[]): readonly string[] {
  const found = new Set<string>();
  const walk = (value: unknown, key: string): void => {
    if (Array.isArray(value)) {
      for (const item of value) walk(item, key);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    const { name, secretName } = value as Named;
    if (/^(secretKeyRef|secretRef|secret|imagePullSecrets)$/.test(key)) {
      const named = secretName ?? name;
      if (named !== undefined) found.add(named);
    }
    for (const [inner, part] of Object.entries(value)) walk(part, inner);
  };
  for (const { spec } of objects) walk((spec as { readonly template?: unknown } | undefined)?.template, '');
  return [...found];
}

/** What a copy needs of it, in its own namespace. */
export function copiedSecret(secret: KubeObject, namespace: string): KubeObject {
  const { type, data } = secret as { readonly type?: string; readonly data?: object };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: secret.metadata.name, namespace },
    ...(type === undefined ? {} : { type }),
    ...(data === undefined ? {} : { data }),
  };
}
