/** Programs that a benchmark needs beside it: started, awaited until they say where they listen, ended. */
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { environmentError } from '../errors/harness-error.ts';
import { LineSplitter } from '../load/evidence/line-splitter.ts';

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

const TOOLCHAIN = fileURLToPath(new URL('../../clusters/toolchain/main.ts', import.meta.url));

/** The path in an environment variable, else the toolchain's own program, which is built when it is missing. */
export async function programFrom(variable: string, name: string, component = name): Promise<string> {
  const given = process.env[variable];
  if (given) return given;
  const { stdout } = await execa(process.execPath, [TOOLCHAIN, 'ensure', component], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = stdout.split('\n').map((line) => line.split('\t'));
  const file = lines.find(([program]) => program === name)?.[3];
  if (file !== undefined) return file;
  throw environmentError('BENCH_PROGRAM', `the toolchain did not say where ${name} is`, {
    hint: `Set ${variable} to the program's path.`,
  });
}
