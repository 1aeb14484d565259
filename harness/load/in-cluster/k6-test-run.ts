/**
 * k6 on several runners as a `TestRun` of the k6-operator: generated here, checked by the cluster's own definition before
 * anything is made. Fields: grafana/k6-operator, api/v1alpha1 (TestRunSpec). Pure.
 */
import type { KubeObject } from '../../../k8s/client/object.ts';
import { type K6JobOptions, k6Job } from './k6-job.ts';

export interface TestRunOptions extends K6JobOptions {
  /** Each runs its segment of the load. */
  readonly runners: number;
  /** The script begins by the clock: nobody needs to start the runners together. */
  readonly startsByClock?: boolean;
  /** The operator's first pod only looks at the script, and looks for its end every five seconds; can it be left out? */
  readonly noInitializer?: boolean;
}

export const TEST_RUNS = { apiVersion: 'k6.io/v1alpha1', resource: 'testruns' } as const;

/** The ConfigMap and the TestRun, in the order in which they are applied. */
export function k6TestRun(options: TestRunOptions): readonly [configMap: KubeObject, testRun: KubeObject] {
  const [configMap, job] = k6Job(options);
  const { metadata, spec } = (job.spec as { template: { metadata: object; spec: PodSpec } }).template;
  const [container] = spec.containers;
  return [
    configMap,
    {
      apiVersion: TEST_RUNS.apiVersion,
      kind: 'TestRun',
      metadata: job.metadata,
      spec: {
        parallelism: options.runners,
        script: { configMap: { name: options.name, file: 'script.js' } },
        // the operator adds the segment, the address of k6's own API and --paused, so that all runners start together
        arguments: '--no-usage-report --no-color --log-output=stderr --log-format=raw',
        // with --quiet k6 does not say how many iterations it interrupted
        quiet: 'false',
        ...(options.startsByClock ? { paused: 'false' } : {}),
        runner: {
          image: options.image,
          imagePullPolicy: 'IfNotPresent',
          env: container.env,
          metadata,
          containerSecurityContext: container.securityContext,
          livenessProbe: deadline(options.deadlineSeconds),
        },
        // their pods only prepare and start the others: nothing of theirs belongs into the mesh
        initializer: options.noInitializer ? { disabled: true } : outsideMesh(options.image),
        starter: { metadata: { annotations: OUTSIDE, labels: OUTSIDE } },
      },
    },
  ];
}

/**
 * The operator's Jobs take no deadline. A runner whose liveness probe fails is ended by its kubelet and, with restartPolicy
 * Never, is not started again; nobody listens at that port, so it fails at the first look, which is at the deadline.
 */
function deadline(seconds: number): object {
  return { tcpSocket: { port: 1 }, initialDelaySeconds: seconds, periodSeconds: 10, failureThreshold: 1 };
}

const OUTSIDE = { 'sidecar.istio.io/inject': 'false' };

interface PodSpec {
  readonly containers: readonly [{ readonly env: readonly object[]; readonly securityContext: object }];
}

function outsideMesh(image: string): object {
  return { image, imagePullPolicy: 'IfNotPresent', metadata: { annotations: OUTSIDE, labels: OUTSIDE } };
}

/** Labels by which the operator marks the runners of one TestRun. */
export function runnerSelector(name: string): string {
  return `app=k6,k6_cr=${name},runner=true`;
}
