/**
 * The recipes of docs/ci for clusters, on one: Argo CD syncs a shop whose repository holds the gates, and what is not proven
 * keeps the Rollout, or the whole sync, from going on; the night keeps its history; a simulation is counted in parts.
 */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { run } from '../../cli/run.ts';
import { addFiles, commitAll, git, writeTree } from '../../units/tree-fixture.ts';
import { createFakeWorld } from '../fakes/fake-world.ts';
import { type LocalMesh, startLocalMesh } from '../local-mesh.ts';
import { NAMESPACE, PEAK, type Shop, shopFiles, shopImages } from './gated-shop.ts';
import { nightObjects, simulationJob } from './recipe-jobs.ts';

const APPLICATIONS = { apiVersion: 'argoproj.io/v1alpha1', resource: 'applications', namespace: 'argocd' } as const;
const ROLLOUTS = { apiVersion: 'argoproj.io/v1alpha1', resource: 'rollouts', namespace: NAMESPACE } as const;
const ROUTES = { apiVersion: 'networking.istio.io/v1', resource: 'virtualservices', namespace: NAMESPACE } as const;
/** Bounds against hanging: whatever is awaited comes much sooner. */
const WAIT_MS = 240_000;
const PROVEN = 0.99;
/** Promotes every canary with 5 % errors. */
const BLIND = 0.5;

let mesh: LocalMesh;
let folder: string;
let remote: string;

beforeAll(async () => {
  mesh = await startLocalMesh({ name: 'gates', addons: ['istio', 'argocd', 'argo-rollouts'], images: shopImages() });
  const { directory, url } = mesh.cluster.git;
  remote = path.join(directory, 'shop.git');
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', remote]);
  folder = writeTree({});
  commitAll(folder);
  push({ version: 'v1', limit: PROVEN, gates: ['rollouts'] });
  await mesh.client.apply([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels: { 'istio-injection': 'enabled' } } },
    application(`${url}/shop.git`),
  ]);
  await rollout('Healthy', 'v1');
}, 600_000);
afterAll(async () => {
  await mesh?.down();
  if (folder) rmSync(folder, { recursive: true });
});

/** @returns the commit */
function push(shop: Shop): string {
  for (const file of git(folder, 'ls-files').split('\n').filter(Boolean)) rmSync(path.join(folder, file));
  addFiles(folder, shopFiles(shop));
  const commit = commitAll(folder, shop.version);
  git(folder, 'push', '--quiet', remote, 'main');
  return commit;
}

const application = (repoURL: string): KubeObject => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: NAMESPACE, namespace: 'argocd' },
  spec: {
    project: 'default',
    source: { repoURL, targetRevision: 'main', path: '.' },
    destination: { server: 'https://kubernetes.default.svc', namespace: NAMESPACE },
    // what the Rollouts controller writes is not Git's to decide
    ignoreDifferences: [
      { group: 'networking.istio.io', kind: 'VirtualService', jqPathExpressions: ['.spec.http[].route[].weight'] },
    ],
    // as gate-argocd.yaml says: a verdict is not asked for again until it is another one
    syncPolicy: { automated: {}, retry: { limit: 0 }, syncOptions: ['RespectIgnoreDifferences=true'] },
  },
});

interface RolloutObject {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly [{ readonly image: string }] } };
  };
  readonly status?: { readonly phase?: string; readonly message?: string; readonly abort?: boolean };
}
interface Synced {
  readonly status?: {
    readonly operationState?: { readonly phase: string; readonly syncResult?: { readonly revision: string } };
  };
}

async function rollout(phase: string, version: string): Promise<RolloutObject> {
  const isThere = (found: KubeObject | undefined) => {
    const { spec, status } = (found ?? {}) as Partial<RolloutObject>;
    return status?.phase === phase && spec?.template.spec.containers[0].image === `example.com/shop:${version}`;
  };
  const what = `the Rollout of ${version} to be ${phase}`;
  const found = await mesh.client.waitFor(ROLLOUTS, NAMESPACE, isThere, { timeoutMs: WAIT_MS, what });
  return found as unknown as RolloutObject;
}

async function syncEnds(commit: string): Promise<string> {
  const stateOf = (found: KubeObject | undefined) => (found as Synced | undefined)?.status?.operationState;
  const isOver = (found: KubeObject | undefined) => {
    const state = stateOf(found);
    return state?.syncResult?.revision === commit && state.phase !== 'Running' && state.phase !== 'Terminating';
  };
  const what = `the sync of ${commit} to end`;
  const found = await mesh.client.waitFor(APPLICATIONS, NAMESPACE, isOver, { timeoutMs: WAIT_MS, what });
  return stateOf(found)!.phase;
}

/** Of the users' route, stable first. */
async function weights(): Promise<readonly number[]> {
  const route = await mesh.client.get(ROUTES, NAMESPACE);
  const { http } = route!.spec as { http: readonly [{ route: readonly { weight: number }[] }] };
  return http[0].route.map(({ weight }) => weight);
}

async function gateLog(): Promise<string> {
  const pods = { apiVersion: 'v1', resource: 'pods', namespace: NAMESPACE } as const;
  const all = await mesh.client.list(pods, 'batch.kubernetes.io/job-name');
  const texts = all.map(({ metadata: { name } }) =>
    mesh.client.getText(`/api/v1/namespaces/${NAMESPACE}/pods/${name}/log?container=canaryproof`),
  );
  return (await Promise.all(texts)).join('\n');
}

test('a policy that lets bad canaries through: the Rollout aborts, and no user has reached the new pods', async () => {
  push({ version: 'v2', limit: BLIND, gates: ['rollouts'] });
  const { status } = await rollout('Degraded', 'v2');
  expect(status).toMatchObject({ abort: true, message: expect.stringContaining('Metric "gate" assessed Failed') });
  expect(await weights()).toEqual([100, 0]);
  expect(await gateLog()).toContain('limit --max-miss 5 %: broken');
});

test('the same before a sync: nothing of the commit is applied', async () => {
  const commit = push({ version: 'v3', limit: BLIND, gates: ['rollouts', 'argocd'] });
  expect(await syncEnds(commit)).toBe('Failed');
  const now = (await mesh.client.get(ROLLOUTS, NAMESPACE)) as unknown as RolloutObject;
  expect(now.spec.template.spec.containers[0].image).toBe('example.com/shop:v2');
});

test('proven: the sync goes on, and so does the Rollout to its first weight', async () => {
  const commit = push({ version: 'v4', limit: PROVEN, gates: ['rollouts', 'argocd'] });
  expect(await syncEnds(commit), await gateLog()).toBe('Succeeded');
  const { status } = await rollout('Paused', 'v4');
  expect(status?.message, await gateLog()).toBe('CanaryPauseStep');
  expect(await weights()).toEqual([90, 10]);
});

test('new pods that do not hold the peak: the Rollout aborts before its first weight, and says by how much', async () => {
  push({ version: 'v5', limit: PROVEN, gates: ['rollouts'], servesPerSecond: PEAK / 2 });
  const { status } = await rollout('Degraded', 'v5');
  expect(status).toMatchObject({ abort: true, message: expect.stringContaining('Metric "gate" assessed Failed') });
  expect(await weights()).toEqual([100, 0]);
  expect(await gateLog()).toContain(`FAILED: Does not hold p95<500ms at ${PEAK * 1.2}/s. Peak ${PEAK}/s: `);
});

test('new pods that hold it get their first users', async () => {
  push({ version: 'v6', limit: PROVEN, gates: ['rollouts'], servesPerSecond: PEAK * 5 });
  const { status } = await rollout('Paused', 'v6');
  expect(status?.message, await gateLog()).toBe('CanaryPauseStep');
  expect(await weights()).toEqual([90, 10]);
});

const JOBS = { apiVersion: 'batch/v1', resource: 'jobs', namespace: NAMESPACE } as const;

async function jobEnds(name: string): Promise<boolean> {
  const conditionOf = (found: KubeObject | undefined) =>
    ((found?.status as { conditions?: { type: string; status: string }[] } | undefined)?.conditions ?? []).find(
      ({ type, status }) => ['Complete', 'Failed'].includes(type) && status === 'True',
    )?.type;
  const isOver = (found: KubeObject | undefined) => conditionOf(found) !== undefined;
  const found = await mesh.client.waitFor(JOBS, name, isOver, { timeoutMs: WAIT_MS, what: `Job ${name} to end` });
  return conditionOf(found) === 'Complete';
}

async function logOf(selector: string): Promise<string> {
  const pods = { apiVersion: 'v1', resource: 'pods', namespace: NAMESPACE } as const;
  const [pod] = await mesh.client.list(pods, selector);
  return mesh.client.getText(`/api/v1/namespaces/${NAMESPACE}/pods/${pod!.metadata.name}/log?container=canaryproof`);
}

test('two nights of the CronJob that find something: the second one has the line of the first', async () => {
  // one answer of v1 refutes it, however slow the machine is
  const words = ['--url', 'http://shop-stable.shop.svc/', '--identify', 'json:version', '--expect', 'v2=100'];
  const { objects, job } = nightObjects(NAMESPACE, {
    ...{ SOURCE: `${mesh.cluster.git.url}/shop.git`, VERB: 'assert-split' },
    ARGUMENTS: [...words, '--rate', '10', '--assurance', 'smoke'].join('\n'),
  });
  await mesh.client.apply(objects);
  for (const night of ['night-1', 'night-2']) {
    // as kubectl create job --from=cronjob/canaryproof-night makes it
    await mesh.client.apply([job(night)]);
    const isComplete = await jobEnds(night);
    const log = await logOf(`batch.kubernetes.io/job-name=${night}`);
    expect(isComplete, log).toBe(false);
    expect(log).toContain(`http://shop-stable.shop.svc/: ${night === 'night-1' ? '1 run' : '2 runs'},`);
    // without the Secret the issue is printed
    expect(log).toContain('1 of 1 claims fails.');
  }
});

test('a simulation in two pods, merged, is what one machine prints', async () => {
  const files = shopFiles({ version: 'v1', limit: PROVEN, gates: [] });
  const data = { 'rollout.yaml': files['rollout.yaml'], 'analysis.yaml': files['analysis.yaml'] };
  const options = ['--traffic', '100/s', '--error-rate', '.2%', '--fano', '1', '--canary-error-rate', '5%'];
  const asked = [...options, '--rollouts', '1500'];
  await mesh.client.apply([
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'canaryproof-policy', namespace: NAMESPACE }, data },
    simulationJob(NAMESPACE, 2, asked),
  ] as KubeObject[]);
  expect(await jobEnds('canaryproof-simulate')).toBe(true);
  const deploy = writeTree(data as Record<string, string>);
  const merges = await Promise.all(
    [0, 1].map(async (index) => {
      const labels = ['job-name=canaryproof-simulate', `job-completion-index=${index}`];
      const log = await logOf(labels.map((label) => `batch.kubernetes.io/${label}`).join(','));
      writeFileSync(path.join(folder, `part-${index}.json`), log);
      return ['--merge', path.join(folder, `part-${index}.json`)];
    }),
  );
  const simulated = async (...more: readonly string[]) => {
    const world = createFakeWorld({ cwd: folder });
    const exitCode = await run(world, ['simulate', deploy, ...asked, ...more, '-o', 'json', '-q']);
    return { exitCode, stdout: world.stdoutText(), stderr: world.stderrText() };
  };
  const one = await simulated();
  expect(one.exitCode).toBe(0);
  expect(await simulated(...merges.flat())).toEqual(one);
  rmSync(deploy, { recursive: true });
});
