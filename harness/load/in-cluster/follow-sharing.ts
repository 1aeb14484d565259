/** Runners that share a load and begin by the clock: one that dies stops the others, and the books tell of it. */
import { HarnessError } from '../../errors/harness-error.ts';
import { type FollowPorts, followRunner, INTERRUPTED } from './follow-runner.ts';
import type { RunnerMerge } from './merge-runners.ts';

interface Sharing {
  readonly ports: FollowPorts;
  readonly namespace: string;
  readonly merge: RunnerMerge;
}

/** k6 refused its settings, or the script: so will it the next time, and with every runner. */
const REFUSED = [104, 107];

/**
 * @param pods by the number of the runner
 * @returns 0 where the books of at least one runner tell how it went; else k6's exit code
 */
export async function followSharing(
  pods: readonly string[],
  { ports, namespace, merge }: Sharing,
  signal: AbortSignal,
): Promise<number> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const refused = await Promise.all(
    pods.map(async (pod, runner) => {
      const end = await followRunner(ports, namespace, pod, (line) => merge.take(runner, line), either).catch(
        (error: unknown) => {
          if (error instanceof HarnessError) return error;
          over.abort();
          throw error;
        },
      );
      // what was stopped did not die
      if (end === 0 || either.aborted) return undefined;
      merge.died(runner, end instanceof HarnessError ? end.code : `K6_EXIT_${end}`);
      over.abort();
      return REFUSED.find((code) => code === end);
    }),
  );
  merge.end();
  if (signal.aborted) return INTERRUPTED;
  return refused.find((code) => code !== undefined) ?? 0;
}
