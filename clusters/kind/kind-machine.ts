/** kind as a machine: create, load, export and delete by its command line; everything else by the engine's. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { environmentError } from '../../harness/errors/harness-error.ts';
import { ProgramError } from '../../harness/process/run-program.ts';
import { requireFreePort } from '../access/free-port.ts';
import {
  type EngineFacts,
  examineEngine,
  freeRoom,
  type Room,
  type Run,
  requireRoom,
} from '../access/machines/engine.ts';
import type { ClusterMachine } from '../access/machines/machine.ts';
import type { MachineFiles } from '../access/machines/machine-files.ts';
import { podNetworkNamespace } from '../access/pod-namespace.ts';
import { kindConfig, registryFiles } from './kind-config.ts';
import { kindFailure } from './kind-failure.ts';
import { type KindNode, listKindNodes } from './kind-nodes.ts';
import { type KindOptions, kindName, NAME_PREFIX } from './kind-options.ts';
import { watchKindNodes } from './watch-kind-nodes.ts';

const GIB = 1024 ** 3;
const OWNER_FILE = 'owner.json';
const CREATE_MS = 10 * 60_000;

export interface KindMachineParts {
  readonly run: Run;
  /** Path of the kind program; known when the preparation has run. */
  readonly kind: () => string;
  readonly options: KindOptions;
  readonly stateRoot: string;
  /** Of this machine now; tests give their own. */
  readonly freeRoom?: (facts: EngineFacts) => Promise<Room>;
}

export function createKindMachine(parts: KindMachineParts): ClusterMachine {
  const { run, options, stateRoot } = parts;
  // a network of its own for each cluster: kind's shared one would stay behind
  const environmentOf = (name: string) => ({
    KIND_EXPERIMENTAL_PROVIDER: 'docker',
    KIND_EXPERIMENTAL_DOCKER_NETWORK: kindName(name),
  });
  const kind = (name: string, args: readonly string[], more: Parameters<Run>[1] = {}) =>
    run([parts.kind(), ...args, '--name', kindName(name)], { env: environmentOf(name), ...more });
  const nodesOf = (files: MachineFiles) => listKindNodes(run, kindName(files.name));
  const isOurs = (node: KindNode, name: string) => bearsOurMark(node, path.join(stateRoot, name));
  const requireOurs = async (nodes: readonly KindNode[], { name }: MachineFiles): Promise<void> => {
    const marks = await Promise.all(nodes.map((node) => isOurs(node, name)));
    const foreign = nodes.find((_node, index) => !marks[index]);
    if (foreign)
      throw environmentError(
        'CLUSTER_NAME_TAKEN',
        `the engine has a kind cluster ${kindName(name)} that this canaryproof did not make`,
        { where: foreign.name, hint: 'Nothing was changed. Use another --name, or remove it yourself with kind.' },
      );
  };

  return {
    provider: 'kind',
    essence: JSON.stringify(options),
    async requireEngine() {
      await examineEngine(run);
    },
    async preflight(files) {
      const facts = await examineEngine(run);
      await requireOurs(await nodesOf(files), files);
      const more = options.nodes - 1;
      requireRoom(await (parts.freeRoom ?? freeRoom)(facts), {
        memoryBytes: (4 + more) * GIB,
        diskBytes: (6 + 4 * more) * GIB,
      });
      if (options.ingressPort !== undefined) await requireFreePort(options.ingressPort, '--ingress-port');
    },
    async create({ files, owner, parts: { nodeImage } }, progress, signal) {
      const image = nodeImage ?? options.nodeImage;
      const { cgroupVersion } = await examineEngine(run);
      const registries = registryFiles(options.registryMirrors);
      const registryFolder = registries.size === 0 ? undefined : path.join(files.directory, 'registries');
      for (const [file, text] of registries) await writeInto(path.join(registryFolder ?? '', file), text);
      const mark = path.join(marksFolder(files.directory), owner.installation);
      await writeInto(path.join(mark, OWNER_FILE), `${JSON.stringify(owner)}\n`);
      const config = kindConfig({ options, owner, markFolder: mark, registryFolder, cgroupVersion });
      await writeFile(path.join(files.directory, 'kind.yaml'), config);
      const step = progress.step('kind nodes');
      const withImage = image === undefined ? [] : ['--image', image];
      const args = ['create', 'cluster', '--config', '-', '--kubeconfig', files.kubeconfig, '--retain', ...withImage];
      await kind(files.name, args, {
        input: config,
        timeoutMs: CREATE_MS,
        signal,
        onLine: (line) => {
          const doing = /^ [•✓] (.+?)(?: \.\.\.)?$/u.exec(line.trimEnd())?.[1];
          if (doing) step.update(doing);
        },
      }).catch((error: unknown) => {
        step.fail('not made');
        signal.throwIfAborted();
        throw error instanceof ProgramError ? kindFailure(error, image) : error;
      });
      step.done();
    },
    async isRunning(files) {
      const nodes = await nodesOf(files);
      const marks = await Promise.all(nodes.map((node) => isOurs(node, files.name)));
      return nodes.length === options.nodes && nodes.every((node, index) => node.running && marks[index]);
    },
    async owned() {
      const names = await Promise.all(
        (await listKindNodes(run, undefined)).map(async (node) => {
          const name = node.cluster.slice(NAME_PREFIX.length);
          return (await isOurs(node, name)) ? [name] : [];
        }),
      );
      return [...new Set(names.flat())];
    },
    async remove(files) {
      await examineEngine(run);
      const nodes = await nodesOf(files);
      await requireOurs(nodes, files);
      const [first, ...others] = nodes.map(({ id }) => id);
      // what `kind delete cluster` does, without needing the program: containers with their volumes
      if (first !== undefined) await run(['docker', 'rm', '--force', '--volumes', first, ...others]);
      // without nodes of ours, and without our having begun to make some, a network of that name is somebody else's
      const begun = nodes.length > 0 || existsSync(marksFolder(files.directory));
      const network = begun && (await removeNetwork(run, kindName(files.name)));
      return { removed: nodes.length > 0 || network };
    },
    async loadImages(files, references, signal) {
      await kind(files.name, ['load', 'docker-image', ...references], { signal, timeoutMs: CREATE_MS });
    },
    async exportLogs(files, directory) {
      await kind(files.name, ['export', 'logs', directory], { timeoutMs: 120_000 });
    },
    async addresses(files) {
      const node = (await nodesOf(files)).find(({ role }) => role === 'control-plane');
      if (!node)
        throw environmentError('NODE_MISSING', `cluster ${files.name} has no control plane`, {
          hint: 'Run `canaryproof up` again: it makes the cluster anew.',
        });
      const { gateway: host, address, published } = node;
      return {
        host,
        node: address,
        urlOf: (nodePort) => `http://127.0.0.1:${published.get(nodePort) ?? nodePort}`,
      };
    },
    async enterPod(files, nodeName, podIp) {
      const node = (await nodesOf(files)).find(({ name }) => name === nodeName);
      if (!node || !(await isLocalRoot(node))) return undefined;
      const namespace = await podNetworkNamespace(node.pid, podIp);
      return ['setpriv', '--pdeathsig', 'KILL', 'nsenter', `--net=${namespace}`, '--'];
    },
    watchNodes: (files, signal) => watchKindNodes(run, kindName(files.name), signal),
  };
}

/** Holds one folder for each making of the cluster, named by its random id. */
function marksFolder(clusterFolder: string): string {
  return path.join(clusterFolder, 'mark');
}

/**
 * Whether the folder mounted into a node is one that we made, here: a path alone is the same on every machine that shares
 * an engine, and for every user who is called the same.
 */
async function bearsOurMark({ markFolder }: KindNode, clusterFolder: string): Promise<boolean> {
  if (markFolder === undefined || path.dirname(markFolder) !== marksFolder(clusterFolder)) return false;
  const text = await readFile(path.join(markFolder, OWNER_FILE), 'utf8').catch(() => '{}');
  try {
    return (JSON.parse(text) as { installation?: unknown }).installation === path.basename(markFolder);
  } catch {
    return false;
  }
}

async function writeInto(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}

/** Whether the pid that the engine names is that node as seen from here: root, and the engine on this machine. */
async function isLocalRoot({ pid, name }: KindNode): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  const hostname = await readFile(`/proc/${pid}/root/etc/hostname`, 'utf8').catch(() => '');
  return hostname.trim() === name;
}

/** @returns whether there was one */
async function removeNetwork(run: Run, name: string): Promise<boolean> {
  const listed = await run(['docker', 'network', 'ls', '--quiet', '--filter', `name=^${name}$`]);
  if (listed.stdout.trim() === '') return false;
  await run(['docker', 'network', 'rm', name]);
  return true;
}
