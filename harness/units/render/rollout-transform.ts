/**
 * What Kustomize has to know of Rollouts, in place of the file that Argo Rollouts publishes for it and that kustomizations
 * name by its address (`configurations`). Names that a prefix or suffix changes are followed by more paths than these: such a
 * kustomization stays unjudged.
 */
import { stringify } from 'yaml';

/** Beside the kustomization that names it, in our copy. */
export const ROLLOUT_TRANSFORM = 'canaryproof-rollout-transform.yaml';

export function isRolloutTransform(entry: string): boolean {
  return /^https?:\/\/.*\bargo-rollouts\b.*\/rollout-transform(-kustomize-v[\d-]+)?\.ya?ml(\?.*)?$/.test(entry);
}

const POD = 'spec/template/spec';
const CONTAINERS = ['containers', 'initContainers'].map((list) => `${POD}/${list}`);

/** Names of generated ConfigMaps and Secrets end with a hash, which pods have to follow. */
function referenced(volume: string, kind: 'configMap' | 'secret'): readonly string[] {
  return [
    `${POD}/volumes/${kind}/${volume}`,
    `${POD}/volumes/projected/sources/${kind}/name`,
    ...CONTAINERS.flatMap((list) => [`${list}/env/valueFrom/${kind}KeyRef/name`, `${list}/envFrom/${kind}Ref/name`]),
  ];
}

function ofRollouts(paths: readonly string[], create?: true) {
  return paths.map((path) => ({ path, group: 'argoproj.io', kind: 'Rollout', ...(create ? { create } : {}) }));
}

export function rolloutTransform(): string {
  return stringify({
    nameReference: [
      { kind: 'ConfigMap', version: 'v1', fieldSpecs: ofRollouts(referenced('name', 'configMap')) },
      {
        kind: 'Secret',
        version: 'v1',
        fieldSpecs: ofRollouts([...referenced('secretName', 'secret'), `${POD}/imagePullSecrets/name`]),
      },
    ],
    commonLabels: ofRollouts(['spec/selector/matchLabels', 'spec/template/metadata/labels'], true),
    templateLabels: ofRollouts(['spec/template/metadata/labels'], true),
    commonAnnotations: ofRollouts(['spec/template/metadata/annotations'], true),
    replicas: ofRollouts(['spec/replicas'], true),
  });
}
