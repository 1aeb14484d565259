/** Programs that a benchmark needs beside it: started, awaited until they say where they listen, ended. */
import { execa } from 'execa';
import { environmentError } from '../errors/harness-error.ts';
import { LineSplitter } from '../load/line-splitter.ts';

export interface ChildProgram {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts a program that prints a line of JSON with its `port` once it listens. */
export async function startListening(
  argv: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Promise<ChildProgram> {
  const [file, ...args] = argv;
  const child = execa(file, args, {
    env: { ...env },
    reject: false,
    buffer: false,
    stdin: 'ignore',
    stderr: 'inherit',
  });
  const port = await new Promise<number>((resolve, reject) => {
    const lines = new LineSplitter((line) => {
      const told = JSON.parse(line) as { port?: number };
      if (told.port !== undefined) resolve(told.port);
    });
    child.stdout.on('data', (bytes: Buffer) => lines.push(bytes));
    child.stdout.on('end', () =>
      reject(environmentError('BENCH_PROGRAM', `${argv.join(' ')} ended before it listened`)),
    );
  });
  return {
    port,
    async stop() {
      child.kill('SIGKILL');
      await child;
    },
  };
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
