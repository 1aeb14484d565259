import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { createFakeClusterClient } from '../../testkit/fakes/fake-cluster-client.ts';
import { type InClusterPorts, type InClusterRun, runK6InCluster } from './in-cluster-k6.ts';

const RUN: InClusterRun = {
  namespace: 'shop',
  meshed: true,
  image: 'grafana/k6:2.2.0',
  script: 'export default () => {}',
  labels: {},
  runners: 1,
  isShared: false,
  deadlineSeconds: 240,
};
const PODS = { apiVersion: 'v1', resource: 'pods', namespace: 'shop' };
const SAMPLE = 'cp1 0 1800000000000 1500 200 0 1 =v1 .';
const SUMMARY = 'cp1-summary {"httpRequests":1,"iterations":1,"droppedIterations":0,"vusMax":1,"vusAllocated":2}';
const LOG = [
  SAMPLE,
  'a word of k6',
  SUMMARY,
  'running (1s), 0/2 VUs, 1 complete and 0 interrupted iterations',
  '',
].join('\n');

/** A cluster that starts the pod of a Job in the given state, and a log that is what k6 wrote. */
function scene(states: readonly object[], log: (stopped: Promise<void>) => Promise<string> = async () => LOG) {
  const client = createFakeClusterClient();
  const told = { evidence: [] as string[], progress: [] as string[], log: [] as string[] };
  let stopped: () => void = () => undefined;
  const whenStopped = new Promise<void>((resolve) => {
    stopped = resolve;
  });
  const pod = (name: string, state: object): KubeObject => ({
    kind: 'Pod',
    metadata: { name: `${name}-x`, namespace: 'shop', labels: { 'canaryproof.dev/load': name } },
    status: {
      containerStatuses: [
        { name: 'istio-proxy', state: { running: {} } },
        { name: 'k6', state },
      ],
    },
  });
  let name = '';
  client.react = (write) => {
    if (write.startsWith('apply Job')) {
      name = write.split(' ').at(-1) ?? '';
      client.put(PODS, pod(name, states[0] ?? {}));
    }
    if (write.startsWith(`delete /api/v1/namespaces/shop/pods/`)) stopped();
  };
  const ports: InClusterPorts = {
    client,
    async follow(_pod, onBytes) {
      onBytes(Buffer.from(await log(whenStopped)));
      client.put(PODS, pod(name, states.at(-1) ?? {}));
    },
    evidence: (line) => told.evidence.push(line),
    progress: (line) => told.progress.push(line),
    log: (line) => told.log.push(line),
    now: () => 1_800_000_000_500,
  };
  return { ports, told, client };
}
const RUNNING = { running: {} };

describe('k6 as a Job', () => {
  test('evidence, progress and words go where those of a local k6 go; nothing is left', async () => {
    const { ports, told, client } = scene([RUNNING, { terminated: { exitCode: 0 } }]);
    expect(await runK6InCluster(RUN, ports, new AbortController().signal)).toBe(0);
    expect(told.evidence[0]).toBe(SAMPLE);
    expect(told.evidence[1]).toContain('cp1-summary');
    expect(told.progress).toHaveLength(1);
    expect(told.log).toEqual(['a word of k6']);
    expect(client.applied.map(({ kind }) => kind)).toEqual(['ConfigMap', 'Job']);
    const deleted = client.writes.filter((write) => write.startsWith('delete')).join('\n');
    for (const kind of ['jobs', 'pods', 'configmaps']) expect(deleted).toContain(`/${kind}/`);
  });

  test('the script belongs to the Job, so that it goes with it by whomever', async () => {
    const { ports, client } = scene([RUNNING, { terminated: { exitCode: 0 } }]);
    const react = client.react;
    client.react = (write) => {
      react(write);
      const name = write.split(' ').at(-1) ?? '';
      const namespace = 'shop';
      if (write.startsWith('apply Job'))
        client.put(
          { apiVersion: 'batch/v1', resource: 'jobs', namespace },
          { metadata: { name, namespace, uid: 'job-1' } },
        );
      if (write.startsWith('apply ConfigMap'))
        client.put({ apiVersion: 'v1', resource: 'configmaps', namespace }, { metadata: { name, namespace } });
    };
    const owners: unknown[] = [];
    const patch = client.patch;
    client.patch = (collection, name, type, body) => {
      owners.push([collection.resource, body]);
      return patch(collection, name, type, body);
    };
    await runK6InCluster(RUN, ports, new AbortController().signal);
    const name = expect.stringMatching(/^k6-/);
    const ownerReferences = [{ apiVersion: 'batch/v1', kind: 'Job', name, uid: 'job-1' }];
    expect(owners).toEqual([['configmaps', { metadata: { ownerReferences } }]]);
  });

  test("k6's own exit code is passed on", async () => {
    const { ports } = scene([RUNNING, { terminated: { exitCode: 107 } }]);
    expect(await runK6InCluster(RUN, ports, new AbortController().signal)).toBe(107);
  });

  test('an order to stop ends the pod in order, and its books still come', async () => {
    const abort = new AbortController();
    const { ports, told } = scene([RUNNING, { terminated: { exitCode: 105 } }], async (stopped) => {
      setTimeout(() => abort.abort(), 5);
      await stopped;
      return LOG;
    });
    expect(await runK6InCluster(RUN, ports, abort.signal)).toBe(105);
    expect(told.evidence.some((line) => line.startsWith('cp1-summary'))).toBe(true);
  });

  test('an image that no node has is told at once, with the reason', async () => {
    const { ports } = scene([{ waiting: { reason: 'ErrImagePull', message: 'no such host' } }]);
    await expect(runK6InCluster(RUN, ports, new AbortController().signal)).rejects.toMatchObject({
      code: 'LOAD_JOB_NOT_STARTED',
      message: expect.stringContaining('no such host'),
    });
  });

  test('a log that breaks off is no end of a run', async () => {
    const { ports } = scene([RUNNING], () => Promise.reject(new Error('connection reset')));
    await expect(runK6InCluster(RUN, ports, new AbortController().signal)).rejects.toMatchObject({
      code: 'LOAD_JOB_LOST',
    });
  });

  test('several runners without the operator', async () => {
    const { ports, client } = scene([RUNNING]);
    const several = runK6InCluster({ ...RUN, runners: 2 }, ports, new AbortController().signal);
    await expect(several).rejects.toMatchObject({ code: 'K6_OPERATOR_MISSING' });
    expect(client.applied).toEqual([]);
  });
});
