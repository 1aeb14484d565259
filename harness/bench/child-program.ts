/** Programs that a benchmark needs beside it: started, awaited until they say where they listen, ended. */
import { execa } from 'execa';
import { environmentError } from '../errors/harness-error.ts';

export interface ChildProgram {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts a program whose first line on stdout is JSON with its `port`. */
export async function startListening(
  argv: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Promise<ChildProgram> {
  const [file, ...args] = argv;
  const child = execa(file, args, { env: { ...env }, reject: false, stdin: 'ignore', stderr: 'inherit' });
  for await (const line of child.iterable()) {
    const { port } = JSON.parse(String(line)) as { port?: number };
    if (port === undefined) continue;
    return {
      port,
      async stop() {
        child.kill('SIGKILL');
        await child;
      },
    };
  }
  throw environmentError('BENCH_PROGRAM', `${file} ended before it listened`);
}

/** The path in an environment variable. */
export function programFrom(variable: string): string {
  const file = process.env[variable];
  if (!file)
    throw environmentError('BENCH_PROGRAM', `${variable} is not set`, {
      hint: `Set ${variable} to the program's path.`,
    });
  return file;
}
