/**
 * The process world as one value: everything a verb may ask of the machine it runs on. main.ts builds the real one
 * once; tests build fakes. No other file of the harness reads `process`.
 */
import type { ExitCode } from '../errors/harness-error.ts';

export interface OutputStream {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Width in characters, undefined when it is not a terminal. */
  readonly columns: number | undefined;
}

interface Host {
  /** Operating system, release and architecture, such as `linux 6.12.8 x64`. */
  readonly system: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly nodeVersion: string;
}

/** The first request to stop; the second never reaches us, main.ts leaves at once. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** 130 after Ctrl-C, 143 after SIGTERM or a lost terminal, undefined when nobody asked to stop. */
  exitCode(): ExitCode | undefined;
}

export interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly host: Host;
  readonly interruption: Interruption;
  /** Shows a question and returns the line that is typed; undefined where nobody can answer. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /** Unix milliseconds. */
  now(): number;
  /** Calls back every so often until the returned function is called; never keeps the process alive. */
  every(intervalMs: number, callback: () => void): () => void;
}
