/** Load whose harness is dead, on a real kubelet and real controllers: the cluster ends it at its deadline. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { type LocalMesh, startLocalMesh } from '../../testkit/local-mesh.ts';
import { k6Job } from './k6-job.ts';
import { k6TestRun } from './k6-test-run.ts';

const NAMESPACE = 'default';
const PODS = { apiVersion: 'v1', resource: 'pods', namespace: NAMESPACE } as const;
const JOBS = { apiVersion: 'batch/v1', resource: 'jobs', namespace: NAMESPACE } as const;
const optionsOf = (name: string) => ({
  ...{ name, namespace: NAMESPACE, image: 'docker.io/grafana/k6:1', meshed: false, labels: {}, environment: {} },
  // of a harness that would have ended it after an hour
  script: `import { sleep } from 'k6'; export const options = { vus: 1, duration: '1h' }; export default () => sleep(1);`,
  ...{ stopSeconds: 2, deadlineSeconds: 5 },
});
let mesh: LocalMesh;

beforeAll(async () => {
  mesh = await startLocalMesh({ name: 'deadline', addons: [], images: [] });
});
afterAll(() => mesh?.down());

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
}
const failure = (object: KubeObject | undefined) =>
  ((object?.status?.conditions ?? []) as readonly Condition[]).find(
    ({ type, status }) => type === 'Failed' && status === 'True',
  );
const phaseOf = (object: KubeObject | undefined) => object?.status?.phase as string | undefined;

test('a Job', async () => {
  await mesh.client.apply([...k6Job(optionsOf('k6-job'))]);
  const what = 'the Job to be ended';
  const ended = await mesh.client.waitFor(JOBS, 'k6-job', (job) => failure(job) !== undefined, {
    ...{ timeoutMs: 120_000, what },
  });
  expect(failure(ended)?.reason).toBe('DeadlineExceeded');
  const left = await mesh.client.list(PODS, 'job-name=k6-job');
  expect(left.filter((pod) => phaseOf(pod) === 'Running')).toEqual([]);
});

/** As the operator makes it of `spec.runner`: restartPolicy Never and a program that does not end by itself. */
function runnerPod([configMap, testRun]: readonly [KubeObject, KubeObject]): readonly KubeObject[] {
  const { runner } = testRun.spec as {
    runner: { image: string; env: object[]; containerSecurityContext: object; livenessProbe: object };
  };
  const { image, env, containerSecurityContext: securityContext, livenessProbe } = runner;
  const { name } = testRun.metadata;
  const pod: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 2,
      volumes: [{ name: 'script', configMap: { name } }],
      containers: [
        {
          ...{ name: 'k6', image, env, securityContext, livenessProbe },
          command: ['k6', 'run', '/test/script.js'],
          volumeMounts: [{ name: 'script', mountPath: '/test' }],
        },
      ],
    },
  };
  return [configMap, pod];
}

test('a runner of a TestRun, which is not started again', async () => {
  await mesh.client.apply(runnerPod(k6TestRun({ ...optionsOf('k6-runner'), runners: 1 })));
  const isOver = (pod: KubeObject | undefined) => ['Failed', 'Succeeded'].includes(phaseOf(pod) ?? '');
  const ended = await mesh.client.waitFor(PODS, 'k6-runner', isOver, {
    ...{ timeoutMs: 120_000, what: 'the runner to be ended' },
  });
  const [container] = (ended?.status?.containerStatuses ?? []) as readonly { restartCount: number }[];
  expect(container?.restartCount).toBe(0);
  const events = await mesh.client.list({ apiVersion: 'v1', resource: 'events', namespace: NAMESPACE });
  expect(events.map(({ reason }) => reason)).toContain('Unhealthy');
});
