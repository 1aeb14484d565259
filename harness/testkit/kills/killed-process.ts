/** A process of ours that may kill itself, and its last words. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { packageRoot } from '../../process/package-root.ts';
import type { Killed } from './kill-world.ts';

/** Against hanging, which is a failure of its own; on a busy machine a process takes minutes. */
const LIMIT_MS = 1_200_000;

const PRELOAD = new URL('./preload.ts', import.meta.url).href;
const CLI = path.join(packageRoot(), 'harness', 'cli', 'main.ts');
export const ACTOR = fileURLToPath(new URL('./shared-actor.ts', import.meta.url));

/** Most of the time of a short process goes into reading its sources: what was compiled once is kept beside the packages. */
const COMPILED = path.join(packageRoot(), 'node_modules', '.cache', 'canaryproof-kills');

type Environment = Readonly<Record<string, string>>;

/** @param argv of Node; the last line of stdout is the number of kill points that were passed */
export async function runToItsEnd(argv: readonly string[], environment: Environment = {}): Promise<Killed> {
  const child = await execa(process.execPath, argv, {
    ...{
      env: { NODE_COMPILE_CACHE: COMPILED, ...environment },
      reject: false,
      all: true,
      stdin: 'ignore',
      timeout: LIMIT_MS,
    },
  });
  if (child.timedOut) return { exitCode: -1, points: undefined, said: `no end in ${LIMIT_MS / 1000} s\n${child.all}` };
  const points = Number(child.stdout.trim().split('\n').at(-1));
  return {
    exitCode: child.signal === 'SIGKILL' ? undefined : (child.exitCode ?? -1),
    points: child.exitCode === 0 && Number.isInteger(points) ? points : undefined,
    said: child.all,
  };
}

/** The real command line. */
export function runCli(args: readonly string[], environment: Environment): Promise<Killed> {
  return runToItsEnd([CLI, ...args], environment);
}

/** The same, while its kill points are counted. @param at see `watchKillPoints` */
export function runCountedCli(
  args: readonly string[],
  environment: Environment,
  at: number | undefined,
): Promise<Killed> {
  return runToItsEnd(['--import', at === undefined ? PRELOAD : `${PRELOAD}?at=${at}`, CLI, ...args], environment);
}
