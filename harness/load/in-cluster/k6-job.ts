/** k6 as a Kubernetes Job: the bundled scenario in a ConfigMap, evidence lines in the container's log. Pure. */
import type { KubeObject } from '../../../k8s/client/object.ts';
import { LOAD_LABEL } from '../../../k8s/client/ownership.ts';
import type { Segment } from '../k6/execution-segment.ts';
import { k6JobArguments } from '../k6/k6-command.ts';

export interface K6JobOptions {
  /** DNS label; of the Job, the ConfigMap and everything that belongs to them. */
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  readonly script: string;
  /** Whether the client is part of the mesh: with a sidecar of its own, or without one. */
  readonly meshed: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** k6 is ended this long after it was asked to stop. */
  readonly stopSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
  /** The cluster ends it then, whether or not anybody is left to do so. */
  readonly deadlineSeconds: number;
}

export const K6_CONTAINER = 'k6';
const SCRIPT_FOLDER = '/canaryproof';
/** Limit of a ConfigMap's data (kube-apiserver, MaxSecretSize), with room for the rest of the object. */
export const LONGEST_SCRIPT_BYTES = 1_000_000;

/** Whoever follows the log is done long before; what a dead harness left is not needed longer. */
const KEPT_SECONDS = 600;

/** The ConfigMap and a Job for each of several runners, which take turns with the slots of one schedule. */
export function k6Jobs(options: K6JobOptions, runners: number): readonly [configMap: KubeObject, ...KubeObject[]] {
  const jobs = Array.from({ length: runners }, (_, index) => k6Job(options, { index, of: runners }));
  return [jobs[0]![0], ...jobs.map(([, job]) => job)];
}

/** The ConfigMap and the Job, in the order in which they are applied. */
export function k6Job(options: K6JobOptions, segment?: Segment): readonly [configMap: KubeObject, job: KubeObject] {
  const { name, namespace, image, meshed } = options;
  const labels = { ...options.labels, [LOAD_LABEL]: name };
  const metadata = { name, namespace, labels };
  const annotations = {
    'sidecar.istio.io/inject': String(meshed),
    // else the first requests would leave before the proxy listens
    'proxy.istio.io/config': '{ "holdApplicationUntilProxyStarts": true }',
  };
  const configMap: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data: { 'script.js': withoutSourceMap(options.script) },
  };
  const job: KubeObject = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: segment === undefined ? metadata : { ...metadata, name: `${name}-${segment.index + 1}` },
    spec: {
      // evidence of a second try would be counted with that of the first
      backoffLimit: 0,
      activeDeadlineSeconds: options.deadlineSeconds,
      ttlSecondsAfterFinished: KEPT_SECONDS,
      template: {
        metadata: { labels: { ...labels, 'sidecar.istio.io/inject': String(meshed) }, annotations },
        spec: {
          restartPolicy: 'Never',
          automountServiceAccountToken: meshed,
          terminationGracePeriodSeconds: options.stopSeconds,
          volumes: [{ name: 'script', configMap: { name } }],
          containers: [
            {
              name: K6_CONTAINER,
              image,
              imagePullPolicy: 'IfNotPresent',
              command: ['k6'],
              args: k6JobArguments(`${SCRIPT_FOLDER}/script.js`, segment),
              env: Object.entries(options.environment).map(([key, value]) => ({ name: key, value })),
              volumeMounts: [{ name: 'script', mountPath: SCRIPT_FOLDER, readOnly: true }],
              securityContext: { allowPrivilegeEscalation: false },
            },
          ],
        },
      },
    },
  };
  return [configMap, job];
}

/** The inline map is larger than the script, and k6 needs it only for stack traces. */
function withoutSourceMap(script: string): string {
  return script.replace(/\n\/\/# sourceMappingURL=data:[^\n]*/, '');
}
