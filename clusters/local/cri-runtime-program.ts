/**
 * Talks to the runtime program (toolchain module cri-streaming), which makes namespaces and starts processes: orders
 * and answers are JSON lines on its standard streams. Containers are its children and end with it.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { environmentError } from '../../harness/errors/harness-error.ts';
import type { ProcessPlan, RootPlan } from './cri-container-plan.ts';

/** A refused order: `code` says how, in the program's words. */
export class RuntimeRefusal extends Error {
  readonly code: 'notFound' | 'notRunning' | 'deadlineExceeded' | 'failed';

  constructor(code: RuntimeRefusal['code'], message: string) {
    super(message);
    this.name = 'RuntimeRefusal';
    this.code = code;
  }
}

export interface StreamRequest {
  readonly containerId: string;
  readonly argv: readonly string[];
  readonly terminal: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

/** Orders by name: what they take and what they give. */
export interface RuntimeOrders {
  createSandbox: {
    params: {
      id: string;
      ownNetwork: boolean;
      ownIpc: boolean;
      sharedPid: boolean;
      hostname: string;
      address: string;
      gateway: string;
      sysctls: Readonly<Record<string, string>>;
      resolverConf: string;
    };
    result: { directory: string; sharedMemory: string };
  };
  removeSandbox: { params: { id: string }; result: object };
  startContainer: {
    params: {
      id: string;
      sandboxId: string;
      process: ProcessPlan;
      rootfs: RootPlan;
      logPath: string;
      stdin: boolean;
      stdinOnce: boolean;
      pid: string;
      oomScoreAdj: number;
    };
    /** startedAt in ns since the epoch. */
    result: { pid: number; startedAt: string };
  };
  signalContainer: { params: { id: string; signal: number }; result: object };
  reopenLog: { params: { id: string }; result: object };
  execSync: {
    params: { containerId: string; argv: readonly string[]; timeoutMs: number };
    /** Output in base64. */
    result: { stdout: string | null; stderr: string | null; exitCode: number };
  };
  execUrl: { params: StreamRequest; result: { url: string } };
  attachUrl: { params: StreamRequest; result: { url: string } };
  portForwardUrl: { params: { sandboxId: string; ports: readonly number[] }; result: { url: string } };
}

export interface ContainerExit {
  readonly containerId: string;
  /** 128 + the signal's number when a signal ended it. */
  readonly exitCode: number;
  /** ns since the epoch. */
  readonly finishedAt: string;
}

interface ReadyLine {
  readonly event: 'ready';
  readonly overlay: boolean;
  readonly capabilities: readonly string[];
}

type Line =
  | ReadyLine
  | ({ readonly event: 'exited' } & ContainerExit)
  | {
      readonly id: number;
      readonly result?: unknown;
      readonly error?: { code: RuntimeRefusal['code']; message: string };
    };

export interface RuntimeProgramOptions {
  readonly program: string;
  readonly stateDirectory: string;
  readonly bridge: string;
  readonly log: (line: string) => void;
  readonly onExit: (exit: ContainerExit) => void;
  /** Called when the program ends without being asked to; every container has ended with it. */
  readonly onLost: (why: string) => void;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class RuntimeProgram {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #pending = new Map<number, Pending>();
  readonly #options: RuntimeProgramOptions;
  readonly #gone: Promise<void>;
  #nextId = 1;
  #closing = false;
  #ready: ReadyLine = { event: 'ready', overlay: false, capabilities: [] };

  private constructor(options: RuntimeProgramOptions) {
    this.#options = options;
    const args = ['-state', options.stateDirectory, '-bridge', options.bridge];
    this.#child = spawn(options.program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: {} });
    this.#child.stdin.on('error', () => undefined); // its end is reported by 'exit'
    createInterface({ input: this.#child.stderr }).on('line', (line) => options.log(`runtime: ${line}`));
    this.#gone = new Promise((resolve) => {
      this.#child.once('error', (error) => this.#lost(`cannot start ${options.program}: ${error.message}`, resolve));
      this.#child.once('exit', (code, signal) => this.#lost(`ended by ${signal ?? `exit code ${code}`}`, resolve));
    });
  }

  /**
   * Resolves when the program can take orders.
   * @throws HarnessError RUNTIME_PROGRAM_FAILED when it ends before that
   */
  static async start(options: RuntimeProgramOptions): Promise<RuntimeProgram> {
    const program = new RuntimeProgram({ ...options, onLost: () => undefined });
    const lines: string[] = [];
    const reader = createInterface({ input: program.#child.stdout });
    await new Promise<void>((resolve, reject) => {
      reader.once('line', (line) => {
        program.#ready = JSON.parse(line) as ReadyLine;
        resolve();
      });
      void program.#gone.then(() =>
        reject(
          environmentError(
            'RUNTIME_PROGRAM_FAILED',
            `the container runtime's program ${options.program} did not start`,
            {
              hint: 'Its own words are in the log; it needs root or a user namespace, a bridge, and a writable state directory.',
              cause: lines,
            },
          ),
        ),
      );
    });
    reader.on('line', (line) => program.#receive(JSON.parse(line) as Line));
    void program.#gone.then(() => {
      if (!program.#closing) options.onLost('the runtime program ended; all containers ended with it');
    });
    return program;
  }

  /** Whether container roots are overlays; otherwise the host's userland is bound read-only. */
  get overlay(): boolean {
    return this.#ready.overlay;
  }

  /** The capabilities this machine can grant to a container. */
  get capabilities(): readonly string[] {
    return this.#ready.capabilities;
  }

  /** @throws RuntimeRefusal */
  order<Name extends keyof RuntimeOrders>(
    method: Name,
    params: RuntimeOrders[Name]['params'],
  ): Promise<RuntimeOrders[Name]['result']> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        reject(new RuntimeRefusal('failed', 'the runtime program has ended'));
        return;
      }
      this.#pending.set(id, { resolve: (result) => resolve(result as RuntimeOrders[Name]['result']), reject });
      this.#child.stdin.write(`${JSON.stringify({ id, method, params })}\n`);
    });
  }

  /** Ends the program and with it every container. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#child.stdin.end();
    await this.#gone;
  }

  #receive(line: Line): void {
    if ('event' in line) {
      if (line.event === 'exited') this.#options.onExit(line);
      return;
    }
    const pending = this.#pending.get(line.id);
    this.#pending.delete(line.id);
    if (line.error) pending?.reject(new RuntimeRefusal(line.error.code, line.error.message));
    else pending?.resolve(line.result);
  }

  #lost(why: string, resolve: () => void): void {
    for (const { reject } of this.#pending.values()) reject(new RuntimeRefusal('failed', `the runtime program ${why}`));
    this.#pending.clear();
    if (!this.#closing) this.#options.log(`runtime: ${why}`);
    resolve();
  }
}
