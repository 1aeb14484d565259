/** Everything in Git that makes pods in a namespace, with the pod that it makes. Pure. */
import type { KubeObject } from '../../k8s/client/object.ts';
import { asRecord, type ManifestFile, type ManifestObject, parseManifestSet } from '../lint/manifest-set.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface DeclaredWorkload {
  readonly object: ManifestObject;
  /** As Git has it. */
  readonly template: { readonly metadata?: KubeObject['metadata']; readonly spec: PodSpec };
  /** Of the template in the object. */
  readonly path: readonly string[];
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly [field: string]: unknown;
}

export interface Container {
  readonly name: string;
  readonly resources?: Readonly<Partial<Record<'limits' | 'requests', Readonly<Record<string, unknown>>>>>;
  readonly [field: string]: unknown;
}

const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
  ...Object.fromEntries(
    ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'Rollout'].map((kind) => [
      kind,
      ['spec', 'template'],
    ]),
  ),
};

/** What has no pod of its own (a Rollout with a workloadRef) or none that can be read is left out. */
export function declaredWorkloads(
  files: readonly ManifestFile[],
  { home, namespace }: { readonly home: string; readonly namespace: string },
): readonly DeclaredWorkload[] {
  return parseManifestSet(files, home)
    .objects.filter((object) => object.namespace === namespace && object.kind in TEMPLATES)
    .flatMap((object) => {
      const path = TEMPLATES[object.kind] ?? [];
      const template = path.reduce((at: Fields | undefined, key) => asRecord(at?.[key]), object.value);
      const containers = asRecord(template?.spec)?.containers;
      const hasContainers = Array.isArray(containers) && containers.length > 0 && containers.every(asRecord);
      return hasContainers ? [{ object, path, template: template as unknown as DeclaredWorkload['template'] }] : [];
    });
}
