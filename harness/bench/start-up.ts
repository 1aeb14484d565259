/**
 * What it costs to be called: processor time of `--help`, and of `report RUN_DIR` where one is given, beside a Node that
 * does nothing. Usage: node harness/bench/start-up.ts [RUN_DIR]
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { packageRoot } from '../process/package-root.ts';
import { endedChildrenCpuSeconds } from './children-cpu.ts';

const TIMES = 9;
const launcher = path.join(packageRoot(), 'bin/canaryproof');

/** Seconds, the median; the first call compiles and is told apart. */
function cost(args: readonly string[]): { readonly first: number; readonly median: number } {
  const spent: number[] = [];
  for (let time = 0; time <= TIMES; time += 1) {
    const before = endedChildrenCpuSeconds();
    const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error(`${args.join(' ')} ended with exit code ${status}`);
    spent.push(endedChildrenCpuSeconds() - before);
  }
  const [first = 0, ...others] = spent;
  return { first, median: others.sort((a, b) => a - b)[Math.floor(others.length / 2)] ?? 0 };
}

if (import.meta.main) {
  const [runDirectory] = process.argv.slice(2);
  const bare = cost(['-e', '0']);
  const said = (name: string, { first, median }: typeof bare) =>
    console.log(
      `${name}: ${median.toFixed(2)} s of processor time (${(median / bare.median).toFixed(1)} times a Node that does nothing), the first call ${first.toFixed(2)} s`,
    );
  said('node -e 0', bare);
  said('--help', cost([launcher, '--help']));
  if (runDirectory !== undefined) said('report', cost([launcher, 'report', runDirectory]));
}
