/** For integration tests: the container runtime in fresh namespaces, and a client of its socket. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { credentials, type GrpcObject, loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { load } from '@grpc/proto-loader';
import { removeOwnTree } from '../../../harness/process/remove-own-tree.ts';
import { runProgram } from '../../../harness/process/run-program.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are read field by field in assertions
type Answer = any;

export interface Testbed {
  /** Holds cri.sock, logs and everything else; gone after `close`. */
  readonly directory: string;
  /** What the runtime logged. */
  readonly lines: readonly string[];
  call(rpc: string, request: object): Promise<Answer>;
  /** Runs a program in the node's namespaces. */
  inNode(argv: readonly [string, ...string[]], timeoutMs?: number): Promise<{ stdout: string; exitCode: number }>;
  /** A websocket session with one of the runtime's streaming URLs, from inside. */
  stream(url: string, input?: string): Promise<{ stdout: string; stderr: string; status: Answer }>;
  notEnforced(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/**
 * CANARYPROOF_TEST_CRI_STREAMING and CANARYPROOF_TEST_CRI_PROTO name a program and a protocol; else the toolchain
 * builds them (run as a program of its own: this room may not import that one).
 */
async function tools(): Promise<{ program: string; proto: string }> {
  const { CANARYPROOF_TEST_CRI_STREAMING: program, CANARYPROOF_TEST_CRI_PROTO: proto } = process.env;
  if (program && proto) return { program, proto };
  const { stdout } = await runProgram([process.execPath, TOOLCHAIN_SCRIPT, 'ensure', 'cri-streaming', 'kubernetes']);
  const paths = new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => [line.split('\t')[0], line.split('\t')[3] ?? '']),
  );
  const kubernetes = path.dirname(path.dirname(paths.get('kubelet') ?? ''));
  return {
    program: paths.get('cri-streaming') ?? '',
    proto: path.join(kubernetes, 'data', 'pkg', 'apis', 'runtime', 'v1', 'api.proto'),
  };
}

const TOOLCHAIN_SCRIPT = fileURLToPath(new URL('../../toolchain/main.ts', import.meta.url));
/** The kubelet's own. */
const KUBELET_LIMITS = { 'grpc.max_receive_message_length': 16 * 1024 * 1024 };

const NODE_SCRIPT = fileURLToPath(new URL('./cri-test-node.ts', import.meta.url));
const STREAM_SCRIPT = fileURLToPath(new URL('./cri-test-stream.ts', import.meta.url));

export interface TestbedOptions {
  /** Given to `unshare`, such as a user namespace. */
  readonly flags?: readonly string[];
  /** False: as on a kernel that refuses overlay mounts. */
  readonly overlay?: boolean;
}

export async function startTestbed({ flags = [], overlay = true }: TestbedOptions = {}): Promise<Testbed> {
  const { program: built, proto } = await tools();
  const directory = await mkdtemp(path.join(tmpdir(), 'canaryproof-cri-'));
  const program = overlay ? built : await withoutOverlay(built, directory);
  const [file, ...args] = [
    ...['unshare', ...flags, '-n', '-m', '-i', '-p', '-f', '--kill-child=KILL', '--mount-proc'],
    ...[process.execPath, NODE_SCRIPT, directory, program, proto],
  ];
  const node = spawn(file!, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const lines: string[] = [];
  await ready(node, lines);
  const pid = (await readFile(`/proc/${node.pid}/task/${node.pid}/children`, 'utf8')).trim();
  const definition = await load(proto, { longs: String, enums: String, defaults: true, arrays: true, objects: true });
  const v1 = (loadPackageDefinition(definition).runtime as GrpcObject).v1 as GrpcObject;
  const address = `unix:${path.join(directory, 'cri.sock')}`;
  const clients = ['RuntimeService', 'ImageService'].map(
    (name) => new (v1[name] as ServiceClientConstructor)(address, credentials.createInsecure(), KUBELET_LIMITS),
  );
  const enter = ['nsenter', '-t', pid, '-n', '-m', '-p', '-i', '--'];
  return {
    directory,
    lines,
    call: (rpc, request) =>
      new Promise((resolve, reject) => {
        const client = clients.find((candidate) => rpc in candidate) as unknown as Record<string, Answer>;
        client[rpc].call(client, request, (error: Error | null, answer: Answer) =>
          error ? reject(error) : resolve(answer),
        );
      }),
    inNode: (argv, timeoutMs = 30_000) =>
      runProgram([...enter, ...argv] as [string, ...string[]], { acceptExitCodes: [0, 1, 2], timeoutMs }),
    stream: async (url, input = '') => {
      const argv = [...enter, process.execPath, STREAM_SCRIPT, url, input];
      return JSON.parse((await runProgram(argv as [string, ...string[]], { timeoutMs: 20_000 })).stdout) as Answer;
    },
    notEnforced: async () => JSON.parse(await readFile(path.join(directory, 'not-enforced.json'), 'utf8')) as string[],
    close: async () => {
      for (const client of clients) client.close();
      const gone = new Promise((resolve) => node.once('exit', resolve));
      node.stdin?.end();
      await gone;
      await removeOwnTree(directory);
    },
  };
}

async function withoutOverlay(program: string, directory: string): Promise<string> {
  const wrapper = path.join(directory, 'without-overlay');
  await writeFile(wrapper, `#!/bin/sh\nexec ${program} -overlay=false "$@"\n`, { mode: 0o755 });
  return wrapper;
}

function ready(node: ChildProcess, lines: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    for (const stream of [node.stdout!, node.stderr!])
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (line === 'ready') resolve();
      });
    node.once('exit', (code, signal) =>
      reject(new Error(`the test node ended (${code ?? signal}): ${lines.join('\n')}`)),
    );
  });
}
