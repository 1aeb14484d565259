/**
 * What Kustomize has to know of Rollouts, in place of the file that Argo Rollouts publishes for it and that kustomizations
 * name by its address (`configurations`). It says no more than that one does, so that what a prefix breaks there breaks here.
 */
import { writeYaml } from '../../documents/yaml/write-yaml.ts';

/** Beside the kustomization that names it, in our copy. */
export const ROLLOUT_TRANSFORM = 'canaryproof-rollout-transform.yaml';

export function isRolloutTransform(entry: string): boolean {
  return /^https?:\/\/.*\bargo-rollouts\b.*\/rollout-transform(-kustomize-v[\d-]+)?\.ya?ml(\?.*)?$/.test(entry);
}

/** Where a kind holds the specification of its pods. */
const PODS = {
  Rollout: 'spec/template/spec',
  Experiment: 'spec/templates/template/spec',
  AnalysisTemplate: 'spec/metrics/provider/job/spec/template/spec',
};
const CONTAINERS = ['containers', 'initContainers'];
const CANARY = 'spec/strategy/canary';
const BLUE_GREEN = 'spec/strategy/blueGreen';
const ANALYSES = [
  ...['prePromotionAnalysis', 'postPromotionAnalysis'].map((one) => `${BLUE_GREEN}/${one}`),
  ...['analysis', 'steps/analysis'].map((one) => `${CANARY}/${one}`),
];

interface FieldSpec {
  readonly path: string;
  readonly kind: string;
  readonly create?: true;
}

function inPods(paths: readonly string[]): readonly FieldSpec[] {
  return Object.entries(PODS).flatMap(([kind, pod]) => paths.map((path) => ({ path: `${pod}/${path}`, kind })));
}

function inRollouts(paths: readonly string[], create?: true): readonly FieldSpec[] {
  return paths.map((path) => ({ path, kind: 'Rollout', ...(create ? { create } : {}) }));
}

/** Of a ConfigMap or a Secret, whose names may also end with a hash. */
function contents(kind: 'configMap' | 'secret', volume: string): readonly string[] {
  return [
    `volumes/${kind}/${volume}`,
    `volumes/projected/sources/${kind}/name`,
    ...CONTAINERS.flatMap((list) => [`${list}/env/valueFrom/${kind}KeyRef/name`, `${list}/envFrom/${kind}Ref/name`]),
  ];
}

export function rolloutTransform(): string {
  const routing = `${CANARY}/trafficRouting`;
  const ingresses = inRollouts([`${routing}/alb/ingress`, `${routing}/nginx/stableIngress`]);
  return writeYaml({
    nameReference: [
      { kind: 'ConfigMap', version: 'v1', fieldSpecs: inPods(contents('configMap', 'name')) },
      {
        kind: 'Secret',
        version: 'v1',
        fieldSpecs: inPods([...contents('secret', 'secretName'), 'imagePullSecrets/name']),
      },
      { kind: 'ServiceAccount', version: 'v1', fieldSpecs: inPods(['serviceAccountName']) },
      { kind: 'PersistentVolumeClaim', version: 'v1', fieldSpecs: inPods(['volumes/persistentVolumeClaim/claimName']) },
      { kind: 'PriorityClass', version: 'v1', group: 'scheduling.k8s.io', fieldSpecs: inPods(['priorityClassName']) },
      {
        kind: 'Service',
        version: 'v1',
        fieldSpecs: inRollouts([
          ...['activeService', 'previewService'].map((one) => `${BLUE_GREEN}/${one}`),
          ...['canaryService', 'stableService', 'trafficRouting/alb/rootService'].map((one) => `${CANARY}/${one}`),
        ]),
      },
      {
        kind: 'VirtualService',
        group: 'networking.istio.io',
        fieldSpecs: inRollouts([`${routing}/istio/virtualService/name`]),
      },
      { kind: 'Ingress', group: 'networking.k8s.io', fieldSpecs: ingresses },
      { kind: 'Ingress', group: 'extensions', fieldSpecs: ingresses },
      {
        kind: 'AnalysisTemplate',
        group: 'argoproj.io',
        fieldSpecs: [
          ...inRollouts(ANALYSES.flatMap((one) => [`${one}/templates/name`, `${one}/templateName`])),
          ...inRollouts([`${CANARY}/steps/experiment/analyses/templateName`]),
          { path: 'spec/analyses/templateName', kind: 'Experiment' },
        ],
      },
      { kind: 'Rollout', fieldSpecs: [{ path: 'spec/scaleTargetRef/name', kind: 'HorizontalPodAutoscaler' }] },
    ],
    commonLabels: inRollouts(['spec/selector/matchLabels', 'spec/template/metadata/labels'], true),
    commonAnnotations: inRollouts(['spec/template/metadata/annotations'], true),
    varReference: inPods(
      CONTAINERS.flatMap((list) =>
        ['args', 'command', 'env/value', 'volumeMounts/mountPath'].map((one) => `${list}/${one}`),
      ),
    ),
    replicas: inRollouts(['spec/replicas'], true),
  });
}
