/**
 * Kiali's graph against a run, by a real Kiali as a program of this machine beside a local cluster, behind the Service that
 * the claim asks. It comes in no package: this runs where its program is on PATH.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { podNetworkNamespace } from '../../clusters/access/pod-namespace.ts';
import { ADDRESSES } from '../../clusters/local/addresses.ts';
import { clusterStateSchema } from '../../clusters/local/node-spec.ts';
import { type ClusterClient, createClusterClient } from '../../k8s/client/cluster-client.ts';
import { readRunReport } from '../../reports/model/read-run-report.ts';
import { packageRoot } from '../process/package-root.ts';
import { pause } from '../process/pause.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';

const NAME = 'kiali-test';
const PORT = 20_001;
const NAMESPACE = 'istio-system';
const program = (process.env.PATH ?? '')
  .split(path.delimiter)
  .map((folder) => path.join(folder, 'kiali'))
  .find((file) => existsSync(file));

let home: string;
let kiali: ChildProcess | undefined;

const canaryproof = (...args: string[]) =>
  execa(process.execPath, [path.join(packageRoot(), 'harness/cli/main.ts'), ...args], {
    ...{ cwd: home, reject: false, all: true },
    env: { XDG_STATE_HOME: home, CI: 'true' },
  });

async function conform(...args: string[]) {
  const runs = path.join(home, 'runs');
  const run = await canaryproof('conform', 'bookinfo-kiali', '--name', NAME, '--run-dir', runs, '--keep', ...args);
  const newest = (await readdir(runs)).sort().at(-1) ?? '';
  const file = path.join(runs, newest, 'result.json');
  return { run, report: readRunReport(await readFile(file, 'utf8'), file) };
}

/** In the network of istiod's pod: the API server hands requests on to pods of the Service's namespace, and to nobody else. */
async function startKiali(): Promise<void> {
  const folder = path.join(home, 'canaryproof', 'clusters', NAME);
  const { init, ports } = clusterStateSchema.parse(JSON.parse(await readFile(path.join(folder, 'state.json'), 'utf8')));
  const theirs = await readFile(path.join(folder, 'kubeconfig'), 'utf8');
  const kubeconfig = path.join(home, 'kubeconfig-of-kiali');
  const server = `https://${ADDRESSES.nodeIp}:${ADDRESSES.apiPort}`;
  await writeFile(kubeconfig, theirs.replace(`https://127.0.0.1:${ports.api}`, server), { mode: 0o600 });
  const settings = path.join(home, 'kiali.json');
  const document = {
    auth: { strategy: 'anonymous' },
    deployment: { cluster_wide_access: true, namespace: NAMESPACE },
    server: { port: PORT, web_root: '/kiali', observability: { metrics: { enabled: false } } },
    external_services: {
      ...{ custom_dashboards: { enabled: false }, grafana: { enabled: false }, tracing: { enabled: false } },
      istio: { root_namespace: NAMESPACE },
      prometheus: { url: `http://${ADDRESSES.prometheusServiceIp}:9090` },
    },
    kubernetes_config: { cluster_name: 'Kubernetes' },
    login_token: { signing_key: 'sixteen-letters!' },
  };
  await writeFile(settings, JSON.stringify(document));
  const client = createClusterClient(path.join(folder, 'kubeconfig'));
  const pods = await client.list({ apiVersion: 'v1', resource: 'pods', namespace: NAMESPACE }, 'app=istiod');
  const status = pods[0]?.status as { readonly podIP?: string } | undefined;
  const pod = { name: pods[0]?.metadata.name ?? '', ip: status?.podIP ?? '' };
  const network = await podNetworkNamespace(init.pid, pod.ip);
  const log = openSync(path.join(home, 'kiali.log'), 'w');
  const words = ['--pdeathsig', 'KILL', 'nsenter', `--net=${network}`, '--', program ?? 'kiali', '--config', settings];
  kiali = spawn('setpriv', words, {
    ...{ stdio: ['ignore', log, log], env: { ...process.env, KUBECONFIG: kubeconfig } },
  });
  await client.apply(kialiObjects(pod));
  await answered(client);
}

/** A Service without a selector, and where it leads. */
function kialiObjects(pod: { readonly name: string; readonly ip: string }) {
  const metadata = { name: 'kiali', namespace: NAMESPACE };
  const ports = [{ name: 'http', port: PORT }];
  const targetRef = { kind: 'Pod', name: pod.name, namespace: NAMESPACE };
  return [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports } },
    // the API server's proxy asks for Endpoints, and for no slices of them
    { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets: [{ addresses: [{ ip: pod.ip, targetRef }], ports }] },
  ];
}

async function answered(client: ClusterClient): Promise<void> {
  const asked = `/api/v1/namespaces/${NAMESPACE}/services/kiali:${PORT}/proxy/kiali/api/status`;
  const limit = AbortSignal.timeout(120_000);
  for (;;) {
    const answer = await client.getText(asked).catch(() => undefined);
    if (answer !== undefined) return;
    await pause(500, limit);
  }
}

describe.skipIf(program === undefined)(`Kiali${program === undefined ? ' (skipped: no kiali on PATH)' : ''}`, () => {
  beforeAll(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-kiali-'));
  });
  afterAll(async () => {
    kiali?.kill('SIGKILL');
    await canaryproof('down', '--all');
    await removeOwnTree(home);
  }, 120_000);

  test('that is not there is no pass, and said by its code', { timeout: 600_000 }, async () => {
    const { run, report } = await conform('--claim', 'bookinfo-kiali/kiali');
    expect(run.exitCode, run.all).toBe(5);
    expect(report.claims.map(({ outcome }) => outcome)).toEqual(['invalid']);
    expect(report.findings.map(({ code }) => code)).toContain('KIALI_MISSING');
  });

  test('that is there shows the split that clients see', { timeout: 600_000 }, async () => {
    await startKiali();
    const { run, report } = await conform();
    expect(report.claims.map(({ id, outcome }) => `${id} ${outcome}`).sort(), run.all).toEqual([
      'bookinfo-kiali/kiali passed',
      'bookinfo-kiali/prometheus-agrees passed',
      'bookinfo-kiali/split-90-10 passed',
    ]);
  });

  test.each([
    ['version-mislabelled', 'KIALI_SHARES_DIFFER'],
    ['caller-mislabelled', 'KIALI_EDGES_NONE'],
  ])('and %s fails this claim and no other, as %s', { timeout: 600_000 }, async (fault, code) => {
    const { run, report } = await conform('--fault', fault);
    expect(
      report.claims.filter(({ outcome }) => outcome !== 'passed').map(({ id }) => id),
      run.all,
    ).toEqual(['bookinfo-kiali/kiali']);
    expect(report.findings.map((finding) => finding.code)).toContain(code);
  });
});
