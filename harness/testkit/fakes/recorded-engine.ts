/**
 * The command lines of Docker, kind and minikube as they answered when they were recorded (docker 20.10, kind 0.33,
 * minikube 1.38): a small engine in memory, so that adapters can be tested where no engine can run.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { ProgramError, type RunOptions, type RunResult, type runProgram } from '../../process/run-program.ts';

interface Container {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly mounts: readonly { readonly Source: string; readonly Destination: string }[];
  readonly ports: Readonly<Record<string, string>>;
  running: boolean;
}

export interface RecordedEngine {
  readonly run: typeof runProgram;
  /** Every command line, in order. */
  readonly lines: string[];
  readonly containers: Map<string, Container>;
  readonly networks: Set<string>;
  /** `invalid`: a start that failed early left it, without a machine. */
  readonly profiles: Map<string, { running: boolean; invalid?: true }>;
  /** The next command whose line matches answers this instead. */
  answer(pattern: RegExp, answer: RecordedAnswer): void;
  /** Makes a running `docker events` say that a container died, or end as when the engine stops. */
  tellEvent(name: string | 'engine stopped'): void;
}

export interface RecordedAnswer {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode?: number;
  readonly notFound?: boolean;
  /** After the command has had its effect. */
  readonly late?: boolean;
}

const NO_PROFILE = `${JSON.stringify({ specversion: '1.0', type: 'io.k8s.sigs.minikube.info', data: { message: 'Profile "x" not found. Run "minikube profile list" to view all profiles.' } })}\n`;
const INFO = {
  ServerVersion: '20.10.24+dfsg1',
  CgroupVersion: '1',
  MemTotal: 25_275_912_192,
  NCPU: 8,
  DockerRootDir: '/var/lib/docker',
};

/** @param kubeconfig of the API server that every cluster of this engine shares */
export function createRecordedEngine(kubeconfig: string): RecordedEngine {
  const lines: string[] = [];
  const containers: RecordedEngine['containers'] = new Map();
  const networks = new Set<string>();
  const profiles: RecordedEngine['profiles'] = new Map();
  const answers: { readonly pattern: RegExp; readonly answer: RecordedAnswer }[] = [];
  let listener: ((event: string) => void) | undefined;
  let count = 0;
  /** What the last archive holds, and what a minikube machine does. */
  let saved: readonly string[] = [];
  const held = new Set<string>();

  const add = (name: string, parts: Pick<Container, 'labels' | 'mounts' | 'ports'>): void => {
    count += 1;
    containers.set(name, { id: `${count}`.padStart(64, 'c'), name, running: true, ...parts });
  };
  const option = (argv: readonly string[], name: string): string => argv[argv.indexOf(name) + 1] ?? '';

  async function effect(argv: readonly string[], options: RunOptions): Promise<Partial<RunResult>> {
    const [program = '', ...args] = argv;
    switch (path.basename(program)) {
      case 'docker':
        return docker(args);
      case 'kind':
        return kind(args, options);
      case 'minikube':
        return minikube(args, options);
      case 'setpriv':
        return events(options);
      case 'ip':
        return { stdout: JSON.stringify([{ dst: '192.168.49.2', dev: 'br-1', prefsrc: '127.0.0.1' }]) };
      default:
        throw new TypeError(`the recorded engine knows no ${program}`);
    }
  }

  function docker(args: readonly string[]): Partial<RunResult> {
    const line = args.join(' ');
    if (line.startsWith('info')) return { stdout: `${JSON.stringify(INFO)}\n` };
    if (line.startsWith('ps')) {
      const filter = /label=io\.x-k8s\.kind\.cluster(?:=(\S+))?/.exec(line);
      const found = [...containers.values()].filter(({ labels }) => {
        const cluster = labels['io.x-k8s.kind.cluster'];
        return filter?.[1] === undefined ? cluster !== undefined : cluster === filter[1];
      });
      return { stdout: found.map(({ id }) => `${id}\n`).join('') };
    }
    if (line.startsWith('container inspect --format {{.State.Pid}}')) return { exitCode: 1 };
    if (line.startsWith('container inspect')) {
      const wanted = args.slice(2);
      const found = [...containers.values()].filter(({ id }) => wanted.includes(id));
      return { stdout: JSON.stringify(found.map(inspected)) };
    }
    if (line.startsWith('rm ')) {
      for (const container of [...containers.values()])
        if (args.includes(container.id)) containers.delete(container.name);
      return {};
    }
    if (line.startsWith('save')) saved = args.slice(args.indexOf('--output') + 2);
    if (line.startsWith('network ls')) {
      const name = /name=\^(\S+)\$/.exec(line)?.[1] ?? '';
      return { stdout: networks.has(name) ? '61f0a1b2c3d4\n' : '' };
    }
    if (line.startsWith('network rm')) networks.delete(args[2] ?? '');
    return {};
  }

  async function kind(args: readonly string[], options: RunOptions): Promise<Partial<RunResult>> {
    const name = option(args, '--name');
    if (args[0] === 'create') {
      const config = parse(String(options.input)) as KindDocument;
      networks.add(options.env?.KIND_EXPERIMENTAL_DOCKER_NETWORK ?? 'kind');
      config.nodes.forEach((node, index) => {
        const role = node.role;
        const suffix = role === 'control-plane' ? 'control-plane' : `worker${index === 1 ? '' : index}`;
        add(`${name}-${suffix}`, {
          labels: { 'io.x-k8s.kind.cluster': name, 'io.x-k8s.kind.role': role },
          mounts: node.extraMounts.map(({ hostPath, containerPath }) => ({
            Source: hostPath,
            Destination: containerPath,
          })),
          ports: Object.fromEntries(
            (node.extraPortMappings ?? []).map(({ containerPort, hostPort }, at) => [
              `${containerPort}/tcp`,
              String(hostPort || 40_000 + at),
            ]),
          ),
        });
      });
      await writeFile(option(args, '--kubeconfig'), await readFile(kubeconfig, 'utf8'), { mode: 0o600 });
    }
    if (args[0] === 'export') await writeInto(path.join(args[2] ?? '', `${name}-control-plane`, 'kubelet.log'));
    return {};
  }

  async function minikube(args: readonly string[], options: RunOptions): Promise<Partial<RunResult>> {
    const profile = option(args, '--profile');
    switch (args[0]) {
      case 'version':
        return { stdout: 'v1.38.1\n' };
      case 'profile': {
        const all = [...profiles].map(([Name, { running, invalid }]) => ({
          ...{ Name, Status: invalid ? '' : running ? 'OK' : 'Stopped' },
          Config: invalid ? null : {},
        }));
        const invalid = all.filter(({ Config }) => Config === null);
        return { stdout: JSON.stringify({ invalid, valid: all.filter((one) => !invalid.includes(one)) }) };
      }
      case 'status': {
        const found = profiles.get(profile);
        // events in place of the status
        if (!found || found.invalid) return { exitCode: 85, stdout: NO_PROFILE };
        const state = found.running ? 'Running' : 'Stopped';
        const body = { Name: profile, Host: state, Kubelet: state, APIServer: state, Kubeconfig: 'Configured' };
        return { stdout: JSON.stringify({ ...body, Worker: false }), exitCode: found.running ? 0 : 7 };
      }
      case 'start':
        profiles.set(profile, { running: true });
        await writeFile(options.env?.KUBECONFIG ?? '', await readFile(kubeconfig, 'utf8'), { mode: 0o600 });
        return { stdout: '{"type":"io.k8s.sigs.minikube.step","data":{"message":"Done!"}}\n' };
      case 'image': {
        // 0 whatever comes of it
        if (args[1] === 'load') for (const reference of saved) held.add(reference);
        const repoTags = [...held].map((reference) =>
          /^[^/]*[.:]/.test(reference) ? reference : `docker.io/${reference}`,
        );
        return args[1] === 'ls' ? { stdout: JSON.stringify([{ id: 'sha256:1', repoTags }, { id: 'sha256:2' }]) } : {};
      }
      case 'ip':
        return { stdout: '192.168.49.2\n' };
      case 'logs':
        await writeInto(option(args, '--file'));
        return {};
      case 'delete':
        profiles.delete(profile);
        return {};
      default:
        return {};
    }
  }

  function events(options: RunOptions): Promise<Partial<RunResult>> {
    return new Promise((resolve) => {
      options.signal?.addEventListener('abort', () => resolve({}), { once: true });
      listener = (event) => (event === 'engine stopped' ? resolve({}) : options.onLine?.(event, 'stdout'));
    });
  }

  const run: typeof runProgram = async (argv, options = {}) => {
    lines.push(argv.join(' '));
    const at = answers.findIndex(({ pattern }) => pattern.test(lines.at(-1) ?? ''));
    const [planned] = at < 0 ? [] : answers.splice(at, 1);
    const natural = planned && !planned.answer.late ? {} : await effect(argv, options);
    const { stdout = '', stderr = '', exitCode = 0 } = { ...natural, ...planned?.answer };
    const notFound = planned?.answer.notFound === true;
    if (!notFound && (options.acceptExitCodes ?? [0]).includes(exitCode))
      return { stdout, stderr, exitCode, durationMs: 1 };
    const reason = notFound ? 'not-found' : 'exit';
    throw new ProgramError(argv, { reason, exitCode, signal: undefined, stdout, stderr, cause: undefined });
  };
  return {
    run,
    lines,
    containers,
    networks,
    profiles,
    answer: (pattern, answer) => void answers.push({ pattern, answer }),
    tellEvent: (name) => listener?.(name),
  };
}

interface KindDocument {
  readonly nodes: readonly {
    readonly role: string;
    readonly extraMounts: readonly { readonly hostPath: string; readonly containerPath: string }[];
    readonly extraPortMappings?: readonly { readonly containerPort: number; readonly hostPort: number }[];
  }[];
}

function inspected({ id, name, labels, mounts, ports, running }: Container): object {
  return {
    Id: id,
    Name: `/${name}`,
    State: { Running: running, Pid: 0, Status: running ? 'running' : 'exited' },
    Config: { Labels: labels },
    Mounts: mounts.map((mount) => ({ Type: 'bind', ...mount })),
    NetworkSettings: {
      Ports: Object.fromEntries(
        Object.entries(ports).map(([port, HostPort]) => [port, [{ HostIp: '127.0.0.1', HostPort }]]),
      ),
      // the loopback address stands for both ends of the bridge
      Networks: { kind: { IPAddress: '127.0.0.1', Gateway: '127.0.0.1' } },
    },
  };
}

async function writeInto(file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, 'recorded\n');
}
