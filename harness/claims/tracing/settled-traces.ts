/** The spans of a load, when no more of them come. */
import { environmentError } from '../../errors/harness-error.ts';
import type { Scene } from '../../scene/scene.ts';
import { whole } from '../../verdict/wording.ts';
import type { TraceBackend } from './trace-backend.ts';
import { type TracedRequests, tracedRequests } from './traced-requests.ts';

/** Envoy hands its spans on when it has some, or every 5 s (`tracing.opentelemetry.flush_interval_ms`); Jaeger batches for 0.2 s. */
const FLUSHED_MS = 6_000;
/** A busy machine may be late: beyond this nothing is waited for, and nothing said. */
const LATEST_MS = 40_000;
/** Clocks of proxies and of this process may differ; requests are told by their names and not by their times. */
const SLACK_MS = 10_000;

export interface SettledTraces extends TracedRequests {
  /** Of the load's requests, each counted once. */
  readonly spans: number;
}

/**
 * Asks until an answer holds as many spans as the one before it, a whole interval of the proxies ago.
 * @throws HarnessError TRACES_STILL_COMING (exit 3); what the backend throws; the scene's reason
 */
export async function settledTraces(
  backend: TraceBackend,
  client: string,
  range: { readonly fromMs: number; readonly toMs: number },
  scene: Scene,
): Promise<SettledTraces> {
  const wide = { fromMs: range.fromMs - SLACK_MS, toMs: range.toMs + SLACK_MS };
  const deadline = scene.now() + LATEST_MS;
  let before = -1;
  for (;;) {
    await scene.pause(FLUSHED_MS);
    const traced = tracedRequests(await backend.spansIn(wide), client);
    const spans = [...traced.bySequence.values()].reduce((sum, one) => sum + one.length, 0);
    if (spans === before) return { ...traced, spans };
    if (scene.now() > deadline)
      throw environmentError(
        'TRACES_STILL_COMING',
        `spans of the load still came ${LATEST_MS / 1000} s after its end: ${whole(Math.max(0, before))}, and then ${whole(spans)}`,
        {
          where: backend.where,
          hint: 'What a trace lacks by now may still come. Run it again on a quieter machine, or look at the queue of the backend.',
        },
      );
    before = spans;
  }
}
