/**
 * Talks to the runtime program (toolchain module cri-streaming), which makes namespaces and starts processes: orders
 * and answers are JSON lines on its standard streams. Containers are its children and end with it.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { environmentError } from '../../../harness/errors/harness-error.ts';
import { type RuntimeOrders, RuntimeRefusal } from './cri-runtime-orders.ts';

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
  /** Called when the program ends without being asked to: every container has ended with it. It is started again. */
  readonly onLost: () => void;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5_000;

export class RuntimeProgram {
  readonly #options: RuntimeProgramOptions;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #closing = false;
  #delayMs = FIRST_DELAY_MS;
  #child: ChildProcessByStdio<Writable, Readable, Readable> | undefined;
  #gone: Promise<void> = Promise.resolve();
  #ready: ReadyLine | undefined;
  #lastWords = '';

  private constructor(options: RuntimeProgramOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the program can take orders.
   * @throws HarnessError RUNTIME_PROGRAM_FAILED when it ends before that
   */
  static async start(options: RuntimeProgramOptions): Promise<RuntimeProgram> {
    const runtime = new RuntimeProgram(options);
    await runtime.#launch();
    return runtime;
  }

  /** False from the program's end until it has been started again. */
  get up(): boolean {
    return this.#ready !== undefined;
  }

  /** Whether container roots are overlays; otherwise the host's userland is bound read-only. */
  get overlay(): boolean {
    return this.#ready?.overlay ?? false;
  }

  /** The capabilities this machine can grant to a container. */
  get capabilities(): readonly string[] {
    return this.#ready?.capabilities ?? [];
  }

  /** @throws RuntimeRefusal */
  order<Name extends keyof RuntimeOrders>(
    method: Name,
    params: RuntimeOrders[Name]['params'],
  ): Promise<RuntimeOrders[Name]['result']> {
    const child = this.#child;
    if (!child || !this.up) return Promise.reject(new RuntimeRefusal('failed', 'the runtime program is not running'));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: (result) => resolve(result as RuntimeOrders[Name]['result']), reject });
      child.stdin.write(`${JSON.stringify({ id, method, params })}\n`);
    });
  }

  /** Ends the program and with it every container. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#child?.stdin.end();
    await this.#gone;
  }

  async #launch(): Promise<void> {
    const { program, stateDirectory, bridge, log } = this.#options;
    const args = ['-state', stateDirectory, '-bridge', bridge];
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: {} });
    this.#child = child;
    child.stdin.on('error', () => undefined); // its end is reported by 'exit'
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.#lastWords = line;
      log(`runtime: ${line}`);
    });
    const started = Promise.withResolvers<void>();
    this.#gone = new Promise((resolve) => {
      const over = (why: string) => {
        started.reject(
          environmentError(
            'RUNTIME_PROGRAM_FAILED',
            `the container runtime's program did not start: ${why} ${this.#lastWords}`,
            {
              hint: 'It needs root or a user namespace, its bridge, and a writable state directory.',
              where: program,
            },
          ),
        );
        this.#over(why);
        resolve();
      };
      child.once('error', (error) => over(error.message));
      child.once('close', (code, signal) => over(`ended by ${signal ?? `exit code ${code}`}`));
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message = JSON.parse(line) as Line;
      if ('event' in message && message.event === 'ready') {
        this.#ready = message;
        this.#delayMs = FIRST_DELAY_MS;
        started.resolve();
      } else this.#receive(message);
    });
    await started.promise;
  }

  #receive(line: Exclude<Line, ReadyLine>): void {
    if ('event' in line) {
      this.#options.onExit(line);
      return;
    }
    const pending = this.#pending.get(line.id);
    this.#pending.delete(line.id);
    if (line.error) pending?.reject(new RuntimeRefusal(line.error.code, line.error.message));
    else pending?.resolve(line.result);
  }

  #over(why: string): void {
    const wasUp = this.up;
    this.#ready = undefined;
    for (const { reject } of this.#pending.values()) reject(new RuntimeRefusal('failed', `the runtime program ${why}`));
    this.#pending.clear();
    if (this.#closing || !wasUp) return;
    this.#options.log(`runtime: ${why}; all containers ended with it; starting it again`);
    this.#options.onLost();
    this.#relaunch();
  }

  #relaunch(): void {
    setTimeout(() => {
      if (this.#closing) return;
      this.#launch().catch(() => this.#relaunch()); // the reason is in the log
    }, this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_DELAY_MS);
  }
}
