/**
 * minikube as a machine, by its command line (v1.38). It comes in no package: tests use a record of that command line, and
 * minikube.integration.test.ts the program itself where it is on PATH.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { environmentError, usageError } from '../../harness/errors/harness-error.ts';
import { ProgramError } from '../../harness/process/run-program.ts';
import { addressTowards } from '../access/address-towards.ts';
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
import { readMachineState } from '../access/machines/machine-state.ts';
import { podNetworkNamespace } from '../access/pod-namespace.ts';
import { loadArchive } from './load-archive.ts';
import { type MinikubeOptions, minikubeFailure, startArguments, stepMessage } from './minikube-start.ts';

export interface MinikubeMachineParts {
  readonly run: Run;
  readonly options: MinikubeOptions;
  readonly stateRoot: string;
  readonly freeRoom?: (facts: EngineFacts) => Promise<Room>;
}

const START_MS = 15 * 60_000;
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
/** minikube's exit code for "there is no such profile" (pkg/minikube/reason, guest not found). */
const NO_PROFILE = 85;

const listed = z.array(z.object({ Name: z.string() })).nullish();
/** What a start that failed early left has no machine, and is `invalid`: it must go like any other. */
const profilesSchema = z.object({ valid: listed, invalid: listed });
const statusSchema = z.object({ Host: z.string(), APIServer: z.string().optional() });

function minikubeProfile(cluster: string): string {
  return `canaryproof-${cluster}`;
}

export function createMinikubeMachine(parts: MinikubeMachineParts): ClusterMachine {
  const { run, options } = parts;
  const minikube = (files: MachineFiles, args: readonly string[], more: Parameters<Run>[1] = {}) =>
    run(['minikube', ...args, '--profile', minikubeProfile(files.name)], {
      // never the user's own kubeconfig
      env: { KUBECONFIG: files.kubeconfig, MINIKUBE_IN_STYLE: 'false' },
      ...more,
    });
  const exists = async (files: MachineFiles): Promise<boolean> => {
    const { stdout } = await run(['minikube', 'profile', 'list', '--output', 'json'], { acceptExitCodes: [0, 14] });
    const text = stdout.trim() === '' ? '{}' : stdout;
    const { valid, invalid } = profilesSchema.parse(JSON.parse(text));
    return [...(valid ?? []), ...(invalid ?? [])].some(({ Name }) => Name === minikubeProfile(files.name));
  };
  const isRunning = async (files: MachineFiles): Promise<boolean> => {
    const { stdout, exitCode } = await minikube(files, ['status', '--output', 'json'], {
      acceptExitCodes: [0, 1, 2, 3, 4, 5, 6, 7, NO_PROFILE],
    });
    if (exitCode !== 0 || stdout.trim() === '') return false;
    const answer: unknown = JSON.parse(stdout);
    return z
      .array(statusSchema)
      .parse(Array.isArray(answer) ? answer : [answer])
      .every(({ Host, APIServer }) => Host === 'Running' && (APIServer ?? 'Running') !== 'Stopped');
  };
  const nodeAddress = async (files: MachineFiles) => (await minikube(files, ['ip'])).stdout.trim();

  return {
    provider: 'minikube',
    essence: JSON.stringify(options),
    async requireEngine() {
      await requireMinikube(run);
      if (options.driver === 'docker') await examineEngine(run);
    },
    async preflight(files) {
      if ((await exists(files)) && (await readMachineState(files)) === undefined)
        throw environmentError(
          'CLUSTER_NAME_TAKEN',
          `minikube has a profile ${minikubeProfile(files.name)} that this canaryproof did not make`,
          { hint: 'Nothing was changed. Use another --name, or remove it yourself with minikube delete.' },
        );
      if (options.mounts.length > 1)
        throw usageError('MOUNTS_TOO_MANY', 'minikube mounts one folder', { hint: 'Give --mount once, or use kind.' });
      if (options.driver !== 'docker') return;
      const facts = await examineEngine(run);
      requireRoom(await (parts.freeRoom ?? freeRoom)(facts), {
        memoryBytes: options.memoryMib * MIB * options.nodes,
        diskBytes: 20 * GIB,
      });
      if (facts.cpus < options.cpus)
        throw environmentError('ENGINE_CPUS', `the engine has ${facts.cpus} CPUs and ${options.cpus} are asked for`, {
          hint: `Ask for fewer with --cpus ${facts.cpus}.`,
        });
    },
    async create({ files, parts: { nodeImage } }, progress, signal) {
      const step = progress.step('minikube');
      await minikube(files, startArguments(options, nodeImage), {
        timeoutMs: START_MS,
        signal,
        onLine: (line) => {
          const message = stepMessage(line);
          if (message) step.update(message);
        },
      }).catch((error: unknown) => {
        step.fail('not made');
        signal.throwIfAborted();
        throw error instanceof ProgramError ? minikubeFailure(error) : error;
      });
      step.done();
    },
    isRunning,
    // profiles carry no label of ours: what we made is what our own files name
    owned: async () => [],
    async remove(files) {
      await requireMinikube(run);
      if (!(await exists(files))) return { removed: false };
      if ((await readMachineState(files)) === undefined)
        throw environmentError('CLUSTER_NAME_TAKEN', `minikube's profile ${minikubeProfile(files.name)} is not ours`, {
          hint: 'Nothing was changed. Remove it yourself with minikube delete.',
        });
      await minikube(files, ['delete']);
      return { removed: true };
    },
    async loadImages(files, references, signal) {
      await loadArchive(references, path.join(files.directory, 'images.tar'), {
        ...{ run, signal, timeoutMs: START_MS },
        minikube: (args, options) => minikube(files, args, options),
      });
    },
    async exportLogs(files, directory) {
      await mkdir(directory, { recursive: true });
      await minikube(files, ['logs', '--file', path.join(directory, 'minikube.log')], { timeoutMs: 120_000 });
    },
    async addresses(files) {
      const node = await nodeAddress(files);
      const host = await addressTowards(run, node);
      if (host === undefined)
        throw environmentError('NODE_UNREACHABLE', `no address of this machine leads to the node ${node}`, {
          hint: `Drivers other than docker may hide their nodes; the driver is ${options.driver}.`,
        });
      return { host, node, urlOf: (nodePort) => `http://${node}:${nodePort}` };
    },
    async enterPod(_files, nodeName, podIp) {
      if (options.driver !== 'docker' || process.getuid?.() !== 0) return undefined;
      const { stdout, exitCode } = await run(
        ['docker', 'container', 'inspect', '--format', '{{.State.Pid}}', nodeName],
        { acceptExitCodes: [0, 1] },
      );
      const pid = Number(stdout.trim());
      if (exitCode !== 0 || !(pid > 0)) return undefined;
      const namespace = await podNetworkNamespace(pid, podIp).catch(() => undefined);
      return namespace === undefined
        ? undefined
        : ['setpriv', '--pdeathsig', 'KILL', 'nsenter', `--net=${namespace}`, '--'];
    },
    // minikube has no stream of events to watch
    watchNodes: () => new AbortController().signal,
  };
}

async function requireMinikube(run: Run): Promise<void> {
  await run(['minikube', 'version', '--short'], { timeoutMs: 20_000 }).catch((cause: unknown) => {
    if (!(cause instanceof ProgramError) || cause.reason !== 'not-found') throw cause;
    throw environmentError('MINIKUBE_MISSING', 'there is no `minikube` program on this machine', {
      hint: 'Install it (https://minikube.sigs.k8s.io/docs/start), or use --provider kind or local.',
      cause,
    });
  });
}
