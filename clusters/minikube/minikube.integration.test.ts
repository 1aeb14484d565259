/**
 * The contract on real Minikube, where the program is on PATH and an engine answers; else skipped, and counted by the
 * reason. MINIKUBE_* variables are Minikube's own (a base image without a registry takes MINIKUBE_PRELOAD=false,
 * MINIKUBE_CNI=bridge and MINIKUBE_INSTALL_ADDONS=false).
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, test } from 'vitest';
import { NOTHING_WANTED } from '../../harness/cli/compose/connected-provider.ts';
import { createProvider } from '../../harness/cli/compose/provider.ts';
import { reasonWithoutEngine } from '../../harness/testkit/engine/engine-for-tests.ts';
import { createFakeWorld } from '../../harness/testkit/fakes/fake-world.ts';
import { createSilentProgress } from '../../harness/testkit/fakes/silent-progress.ts';
import { type ContractSubject, contractTable, providerContract } from '../../harness/testkit/provider-contract.ts';
import { createClusterClient } from '../../k8s/client/cluster-client.ts';

/** Base image of the machine; default: Minikube's own. */
const IMAGE_VARIABLE = 'CANARYPROOF_MINIKUBE_IMAGE';

const without = programRuns() ? reasonWithoutEngine() : 'there is no minikube on PATH';
if (without !== undefined) describe('provider minikube', () => test.skip(`the contract (${without})`));
else {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-minikube-'));
  afterAll(async () => {
    console.log(`\n${contractTable()}\n`);
    await rm(folder, { recursive: true, force: true });
  });
  providerContract(minikube(folder));
}

function minikube(folder: string): ContractSubject {
  const env = { ...process.env, XDG_STATE_HOME: folder };
  const world = { ...createFakeWorld(), env, cwd: folder, now: Date.now };
  const spec = { name: 'contract', addons: ['istio', 'prometheus'], componentVersions: {}, images: [] };
  const make = async (pull: boolean) => {
    const nodeImage = process.env[IMAGE_VARIABLE];
    const settings = {
      ...{ cpus: Math.min(4, os.availableParallelism()), pull },
      ...(nodeImage === undefined ? {} : { nodeImage }),
    };
    const request = { ...NOTHING_WANTED, provider: 'minikube', settings, extraComponents: ['k6'], staysUp: true };
    return (await createProvider(world, request as Parameters<typeof createProvider>[1])).provider;
  };
  return {
    title: 'minikube',
    spec,
    provider: () => make(false),
    traces: async () => [
      ...docker('ps', '--all', '--format', '{{.Names}}'),
      ...docker('network', 'ls', '--format', '{{.Name}}'),
      ...docker('volume', 'ls', '--format', '{{.Name}}'),
      ...(await readdir(path.join(folder, 'canaryproof', 'minikube')).catch(() => [])),
    ],
    async refusal() {
      // a profile of that name that somebody else began: Minikube knows one by its folder
      const profile = path.join(minikubeHome(), 'profiles', 'canaryproof-foreign');
      await mkdir(profile, { recursive: true });
      try {
        return await (await make(false)).up({ ...spec, name: 'foreign' }, createSilentProgress(), signal);
      } finally {
        await rm(profile, { recursive: true, force: true });
      }
    },
    refusalCode: 'CLUSTER_NAME_TAKEN',
    async failedUp() {
      // nothing is loaded and no registry can be reached: Prometheus never gets its image
      const failing = { ...spec, name: 'failing', addons: ['prometheus'] };
      const error = await (await make(true))
        .up(failing, createSilentProgress(), signal)
        .catch((reason: unknown) => reason);
      const logs = await readdir(path.join(folder, 'canaryproof', 'logs'), { recursive: true });
      return { error, logs: logs.filter((file) => file.endsWith('.log')) };
    },
    traffic: true,
    marks: async ({ kubeconfigPath }) =>
      (await createClusterClient(kubeconfigPath).list({ apiVersion: 'v1', resource: 'nodes' })).map(
        ({ metadata }) => metadata.labels ?? {},
      ),
  };
}

const signal = new AbortController().signal;

function docker(...args: string[]): string[] {
  return execFileSync('docker', args, { encoding: 'utf8' }).split('\n').filter(Boolean).sort();
}

function minikubeHome(): string {
  return path.join(process.env.MINIKUBE_HOME ?? os.homedir(), '.minikube');
}

function programRuns(): boolean {
  try {
    execFileSync('minikube', ['version', '--short'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
