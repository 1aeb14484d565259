/**
 * Load that several pods share, by the real k6-operator. It comes in no package: this runs where its program is on PATH
 * and CANARYPROOF_K6_OPERATOR_CRDS names the file of its definitions.
 */
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../k8s/client/object.ts';
import { slotCount } from '../../scenarios/shared/arrival-slots.ts';
import { clusterGenerators } from '../capacity-trials/cluster-generators.ts';
import { NO_LOOKS, runTrial } from '../capacity-trials/run-trial.ts';
import { parseObjective } from '../documents/response-objective.ts';
import { createK6Runner } from '../load/k6/k6-runner.ts';
import { readMachineCpu } from '../process/machine-cpu.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { awaitDeployments, type LocalMesh, startLocalMesh } from '../testkit/local-mesh.ts';
import { inClusterPrefix } from './compose/in-cluster-prefix.ts';
import { K6_IMAGE } from './images/offline-images.ts';

const operator = (process.env.PATH ?? '')
  .split(path.delimiter)
  .map((folder) => path.join(folder, 'k6-operator'))
  .find((file) => existsSync(file));
const definitions = process.env.CANARYPROOF_K6_OPERATOR_CRDS;
const reason =
  operator === undefined
    ? 'no k6-operator on PATH'
    : definitions === undefined
      ? 'CANARYPROOF_K6_OPERATOR_CRDS names no file'
      : undefined;

const NAMESPACE = 'default';
const PODS = { apiVersion: 'v1', resource: 'pods', namespace: NAMESPACE } as const;
const PROGRAM = { environment: {}, directory: '/', port: undefined };
const RATE = 50;
const SECONDS = 8;

let mesh: LocalMesh;
let folder: string;
let url: string;

/** One pod of an image, without any probe. */
function deployment(name: string, image: string, change: object = {}): KubeObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name, image, ...change }] } },
    },
  };
}

describe.skipIf(reason !== undefined)(`the k6-operator${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'canaryproof-operator-'));
    mesh = await startLocalMesh({
      name: 'operator',
      addons: [],
      images: [
        { image: 'subject:1', standIn: { SERVICE: 'subject', VERSION: 'v1' } },
        { image: 'k6-operator:1', program: { ...PROGRAM, command: [operator!, '--metrics-bind-address=0'] } },
      ],
    });
    const made = parseAllDocuments(readFileSync(definitions!, 'utf8')).map((one) => one.toJS() as KubeObject);
    await mesh.client.apply(made.filter(({ kind }) => kind === 'CustomResourceDefinition'));
    await mesh.client.apply([
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'k6-operator' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: NAMESPACE }],
      } as KubeObject,
      deployment('subject', 'subject:1', { ports: [{ containerPort: 8080 }], env: [{ name: 'PORT', value: '8080' }] }),
      deployment('k6-operator', 'k6-operator:1'),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'subject', namespace: NAMESPACE },
        spec: { selector: { app: 'subject' }, ports: [{ port: 80, targetPort: 8080 }] },
      },
    ]);
    await awaitDeployments(mesh.client, NAMESPACE, ['subject', 'k6-operator']);
    const service = await mesh.client.get({ ...PODS, resource: 'services' }, 'subject');
    url = `http://${(service!.spec as { clusterIP: string }).clusterIP}/`;
  });
  afterAll(async () => {
    await mesh?.down();
    if (folder) await removeOwnTree(folder);
  });

  const k6 = () => createK6Runner({ k6Path: 'k6', logDirectory: folder, environment: process.env });
  const prefix = () => {
    const placement = { kind: 'mesh', namespace: NAMESPACE, pod: 'subject' } as const;
    return inClusterPrefix(K6_IMAGE).prefix(mesh.cluster.kubeconfigPath, placement, undefined);
  };
  function trial(watch: () => void = () => undefined) {
    return runTrial(
      {
        ...{ phase: 'pool', ratePerSecond: RATE, seconds: SECONDS, looks: NO_LOOKS, arrivals: 'poisson', seed: 3 },
        objective: parseObjective('p95<2s'),
        target: { url, headers: {}, hosts: {} },
        argvPrefix: prefix(),
        watch,
      },
      { load: clusterGenerators(k6(), 2, Date.now), readCpu: readMachineCpu, live: () => undefined },
      new AbortController().signal,
    );
  }
  const left = async () => {
    const pods = await mesh.client.list(PODS, 'app=k6');
    const testRuns = await mesh.client.list({
      apiVersion: 'k6.io/v1alpha1',
      resource: 'testruns',
      namespace: NAMESPACE,
    });
    return [...pods.filter(({ metadata }) => !metadata.deletionTimestamp), ...testRuns];
  };

  test('shares a trial between two runners, and the requests are those of one generator', async () => {
    const { load, recorded, guards } = await trial();
    expect(load.sharedAs).toBe('TestRun');
    expect(load.generators).toHaveLength(2);
    for (const { sent } of load.generators!) expect(sent).toBeGreaterThan((RATE * SECONDS) / 2 - 3);
    expect(recorded.lost).toBe(0);
    const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);
    expect(sum(recorded.bins.bad)).toBeLessThan(sum(recorded.bins.arrivals) / 10);
    for (const code of ['CAPACITY_GENERATORS_APART', 'CAPACITY_GENERATOR_DIED', 'CAPACITY_UNSENT'])
      expect(guards).not.toContain(code);
    let due = 0;
    for (let slot = 0; slot < RATE; slot += 1) due += slotCount(3, slot);
    expect(sum(recorded.bins.arrivals.slice(0, 10))).toBe(due);
    expect(await left()).toEqual([]);
  });

  test('a runner that is taken away spoils the trial, and is told', async () => {
    let taken: Promise<void> | undefined;
    const take = async () => {
      const [pod] = await mesh.client.list(PODS, 'app=k6,runner=true');
      await mesh.client.delete(PODS, pod!.metadata.name);
    };
    const { load, guards } = await trial(() => {
      taken ??= take();
    });
    await taken;
    expect(guards).toContain('CAPACITY_GENERATOR_DIED');
    expect(load.generators!.filter(({ died }) => died !== undefined)).toHaveLength(1);
    expect(await left()).toEqual([]);
  });

  test('that does not run is said, with its code', async () => {
    const scale = { spec: { replicas: 0 } };
    const deployments = { apiVersion: 'apps/v1', resource: 'deployments', namespace: NAMESPACE } as const;
    await mesh.client.patch(deployments, 'k6-operator', 'merge', scale);
    const isGone = (object: KubeObject | undefined) => (object?.status?.replicas ?? 0) === 0;
    await mesh.client.waitFor(deployments, 'k6-operator', isGone, { timeoutMs: 60_000, what: 'the operator to go' });
    await expect(trial()).rejects.toMatchObject({ code: 'K6_OPERATOR_NOT_READY' });
    expect(await left()).toEqual([]);
  });
});
