/**
 * When a trial is given up: nobody has been answered for as long as any request waits, the control has not been for twice
 * as long, and every loss so far is the environment's. Going on would keep the environment from recovering: an open-loop
 * load goes on sending into a queue that is longer than its own time-out, and every answer comes too late (a metastable
 * failure: Bronson et al., HotOS 2021).
 */
import { seconds } from '../../documents/figures.ts';
import { environmentError, type HarnessError } from '../../errors/harness-error.ts';
import type { Scene } from '../../scene/scene.ts';
import type { RolloutStream } from '../../traffic/recorded-stream.ts';
import { lossesIn, onlySharedLosses } from '../../traffic/shared-losses.ts';
import {
  CONTROL_PERIOD_MS,
  CONTROL_TIMEOUT_MS,
  type EnvironmentHealth,
  type UnhealthyInterval,
} from '../../verdict/environment-health.ts';

const LONGER_THAN_ANY_REQUEST_MS = 2 * CONTROL_TIMEOUT_MS;
const LOOK_MS = 1_000;

/** The interval that is going on and has spoiled the load; undefined: it may still come to a verdict. Pure. */
export function spoiledBy(
  stream: Pick<RolloutStream, 'entries'>,
  environment: EnvironmentHealth | undefined,
  nowMs: number,
): UnhealthyInterval | undefined {
  const intervals = environment?.unhealthy() ?? [];
  const last = intervals.at(-1);
  const goesOn = last && last.toMs >= nowMs - 2 * CONTROL_PERIOD_MS;
  if (!goesOn || last.toMs - last.fromMs < LONGER_THAN_ANY_REQUEST_MS) return undefined;
  for (const { ending, startMs, latencyMs } of stream.entries())
    if (ending !== 'lost' && startMs + latencyMs > nowMs - CONTROL_TIMEOUT_MS) return undefined;
  // a loss that is the subject's counts, and the trial goes on to say so
  return onlySharedLosses(lossesIn(stream), intervals) ? last : undefined;
}

/** Looks once a second, until it is disposed of. @param giveUp is told once, with ENVIRONMENT_STALLED */
export function watchSpoiling(
  where: string,
  stream: Pick<RolloutStream, 'entries'> | undefined,
  { environment, now, pause, signal }: Pick<Scene, 'environment' | 'now' | 'pause' | 'signal'>,
  giveUp: (error: HarnessError) => void,
): AsyncDisposable {
  let isOver = !stream || !environment;
  const watching = async () => {
    while (!isOver && !signal.aborted) {
      const interval = spoiledBy(stream!, environment, now());
      if (interval) return giveUp(stalled(where, interval));
      await pause(LOOK_MS).catch(() => undefined);
    }
  };
  const watched = watching();
  return {
    async [Symbol.asyncDispose]() {
      isOver = true;
      await watched;
    },
  };
}

const stalled = (where: string, { fromMs, toMs, why }: UnhealthyInterval) =>
  environmentError(
    'ENVIRONMENT_STALLED',
    `given up after ${seconds(toMs - fromMs)} in which nobody was answered (${why})`,
    {
      where,
      hint: 'The machine did something else: run it again on a quieter one, or with fewer claims at a time (--claim).',
    },
  );
