/** Several runners that share a load: as a TestRun where an operator is, as Jobs where none is. */
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { createFakeClusterClient } from '../../testkit/fakes/fake-cluster-client.ts';
import { parseEvidenceLine } from '../evidence/evidence-line.ts';
import { type InClusterPorts, type InClusterRun, runK6InCluster } from './in-cluster-k6.ts';

const RUN: InClusterRun = {
  ...{ namespace: 'shop', meshed: true, image: 'grafana/k6:2.2.0', script: 'export default () => {}', labels: {} },
  ...{ runners: 3, isShared: true, deadlineSeconds: 240 },
};
const PODS = { apiVersion: 'v1', resource: 'pods', namespace: 'shop' };
const TEST_RUNS = { apiVersion: 'k6.io/v1alpha1', resource: 'testruns', namespace: 'shop' };
const never = () => new AbortController().signal;

interface Play {
  readonly operator?: 'works' | 'does nothing';
  /** How many runners begin; default: all. */
  readonly begin?: number;
  /** By runner: k6's exit code, or that it runs until it is stopped; default 0. */
  readonly ends?: readonly (number | 'when stopped')[];
}

/** A cluster whose operator, or whose Job controller, makes the pods. */
function scene({ operator, begin = RUN.runners, ends = [] }: Play) {
  const client = createFakeClusterClient();
  const told = { evidence: [] as string[], log: [] as string[] };
  const stops = new Map<string, () => void>();
  const podOf = (name: string, number: number, labels: Record<string, string>, state: object): KubeObject => ({
    kind: 'Pod',
    metadata: { name: `${name}-${number}-x`, namespace: 'shop', labels },
    status: { containerStatuses: [{ name: 'k6', state }] },
  });
  const states = new Map<string, (state: object) => void>();
  const startPod = (name: string, number: number, labels: Record<string, string>) => {
    const put = (state: object) => client.put(PODS, podOf(name, number, labels, state));
    states.set(`${name}-${number}-x`, put);
    if (number <= begin) put({ running: {} });
    else put({ waiting: { reason: 'ErrImagePull', message: 'no such host' } });
  };
  if (operator)
    client.put(
      { apiVersion: 'apiextensions.k8s.io/v1', resource: 'customresourcedefinitions' },
      {
        metadata: { name: 'testruns.k6.io' },
        spec: {
          versions: [
            {
              name: 'v1alpha1',
              schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
            },
          ],
        },
      },
    );
  client.react = (write) => {
    const name = write.split(' ').at(-1) ?? '';
    const metadata = { name, namespace: 'shop' };
    if (write.startsWith('apply ConfigMap')) client.put({ ...PODS, resource: 'configmaps' }, { metadata });
    if (write.startsWith('apply TestRun')) client.put(TEST_RUNS, { metadata });
    if (write.startsWith('apply TestRun') && operator === 'works') {
      client.put(TEST_RUNS, { metadata, status: { stage: 'initialization' } });
      // in no order
      for (const number of [3, 1, 2]) startPod(name, number, { app: 'k6', k6_cr: name, runner: 'true' });
    }
    const job = /^apply Job (.+)-(\d)$/.exec(write);
    if (job) startPod(job[1]!, Number(job[2]), { 'canaryproof.dev/load': job[1]! });
    const deleted = /\/pods\/(.+)$/.exec(write)?.[1];
    if (write.startsWith('delete') && deleted) stops.get(deleted)?.();
  };
  const ports: InClusterPorts = {
    client,
    async follow(pod, onBytes) {
      const number = Number(/-(\d)-x$/.exec(pod)![1]);
      const end = ends[number - 1] ?? 0;
      const say = (...lines: readonly string[]) => onBytes(Buffer.from(`${lines.join('\n')}\n`));
      say('cp1-options {}', `cp1 ${(number - 1) * 16} 1800000000000 1500 200 0 1 =0 .`);
      if (end === 'when stopped') await new Promise<void>((resolve) => stops.set(pod, resolve));
      const counts = { httpRequests: number, iterations: number, droppedIterations: 0, vusMax: 1, vusAllocated: 2 };
      if (end !== 137)
        say(`cp1-summary ${JSON.stringify(counts)}`, `running (1s), ${number} complete and 0 interrupted iterations`);
      states.get(pod)!({ terminated: { exitCode: end === 'when stopped' ? 105 : end } });
    },
    evidence: (line) => told.evidence.push(line),
    progress: () => undefined,
    log: (line) => told.log.push(line),
    now: () => 1_800_000_000_500,
  };
  const shared = () => {
    const lines = told.evidence.map(parseEvidenceLine);
    return lines.flatMap((line) => (line.kind === 'summary' ? [line.summary.shared] : []))[0];
  };
  return { client, ports, told, shared };
}

describe('runners that share a load', () => {
  test('are a TestRun where an operator is, numbered as their segments, and nothing of them is left', async () => {
    const { client, ports, shared } = scene({ operator: 'works' });
    expect(await runK6InCluster(RUN, ports, never())).toBe(0);
    expect(client.applied.map(({ kind }) => kind)).toEqual(['ConfigMap', 'TestRun']);
    expect(client.applied[1]!.spec).toMatchObject({ parallelism: 3, paused: 'false' });
    expect(shared()?.as).toBe('TestRun');
    expect(shared()?.generators.map(({ sent }) => sent)).toEqual([1, 2, 3]);
    const deleted = client.writes.filter((write) => write.startsWith('delete')).join('\n');
    for (const kind of ['testruns', 'pods', 'configmaps']) expect(deleted).toContain(`/${kind}/`);
  });

  test('are Jobs where none is, each with its segment', async () => {
    const { client, ports, shared } = scene({});
    expect(await runK6InCluster(RUN, ports, never())).toBe(0);
    const jobs = client.applied.slice(1);
    expect(jobs.map(({ kind, metadata }) => `${kind} ${metadata.name.slice(-2)}`)).toEqual([
      'Job -1',
      'Job -2',
      'Job -3',
    ]);
    const segments = jobs.map(({ spec }) => {
      const { containers } = (spec as { template: { spec: { containers: [{ args: string[] }] } } }).template.spec;
      return containers[0].args.filter((word) => word.startsWith('--execution-segment'));
    });
    expect(segments).toEqual(
      ['0:1/3', '1/3:2/3', '2/3:1'].map((part) => [
        `--execution-segment=${part}`,
        '--execution-segment-sequence=0,1/3,2/3,1',
      ]),
    );
    expect(shared()).toMatchObject({ as: 'Jobs', generators: [{ sent: 1 }, { sent: 2 }, { sent: 3 }] });
    const deleted = client.writes.filter((write) => write.startsWith('delete') && write.includes('/jobs/'));
    expect(deleted).toHaveLength(3);
  });

  test('wait for no operator that does nothing', async () => {
    const { client, ports } = scene({ operator: 'does nothing' });
    await expect(runK6InCluster(RUN, ports, never())).rejects.toMatchObject({
      code: 'K6_OPERATOR_NOT_READY',
      hint: expect.stringContaining("k6-operator's own pod"),
    });
    expect(client.writes.some((write) => write.startsWith('delete') && write.includes('/testruns/'))).toBe(true);
  });

  test('that are fewer than asked are no load', async () => {
    const { ports, told } = scene({ operator: 'works', begin: 2 });
    await expect(runK6InCluster(RUN, ports, never())).rejects.toMatchObject({
      code: 'LOAD_JOB_NOT_STARTED',
      message: expect.stringContaining('of 3 runners began; ErrImagePull'),
    });
    expect(told.evidence).toEqual([]);
  });

  test('one that dies stops the others, and the books say which and of what', async () => {
    const { ports, shared } = scene({ operator: 'works', ends: ['when stopped', 137, 'when stopped'] });
    expect(await runK6InCluster(RUN, ports, never())).toBe(0);
    expect(shared()?.generators).toEqual([
      { sent: 1, droppedIterations: 0, aheadMs: -498.5 },
      { sent: 0, droppedIterations: 0, died: 'K6_EXIT_137' },
      { sent: 3, droppedIterations: 0, aheadMs: -498.5 },
    ]);
  });

  test('a script that k6 refuses is no death: the next trial would refuse it as well', async () => {
    const { ports } = scene({ operator: 'works', ends: ['when stopped', 107, 'when stopped'] });
    expect(await runK6InCluster(RUN, ports, never())).toBe(107);
  });

  test('end together when they are told to, and none died', async () => {
    const { ports, shared } = scene({ operator: 'works', ends: ['when stopped', 'when stopped', 'when stopped'] });
    const abort = new AbortController();
    setImmediate(() => abort.abort());
    expect(await runK6InCluster(RUN, ports, abort.signal)).toBe(105);
    expect(shared()?.generators.some(({ died }) => died !== undefined)).toBe(false);
  });
});
