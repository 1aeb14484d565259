/** A load generator without a network: its requests go to a queue whose capacity is known. */
import { slotCount, slotOffsets } from '../../../scenarios/shared/arrival-slots.ts';
import { createRandom } from '../../capacity/virtual/random.ts';
import { createServer, type VirtualSystem } from '../../capacity/virtual/system.ts';
import type { LoadRequest, LoadResult, LoadRunner } from '../../ports/load.ts';

export interface QueueLoad extends LoadRunner {
  readonly requests: LoadRequest[];
}

export interface QueueLoadOptions {
  /** Time that each request is sent late. */
  readonly lateMs?: number;
  /** Leaves out every n-th request's evidence. */
  readonly losesEvery?: number;
  /** k6 begins so much of what it should. */
  readonly sentShare?: number;
  /** Drops these slots. */
  readonly drops?: (slot: number) => boolean;
  /** Its requests are answered at once, and are late above the generator's ceiling. */
  readonly alone?: { readonly url: string; readonly ceiling: number; came(): void };
  /** Called when a run of so many milliseconds has ended. */
  readonly passed: (ms: number) => void;
}

const FAST: VirtualSystem = {
  name: 'answers at once',
  arrivals: 'poisson',
  limitSeconds: 1,
  server: { kind: 'queue', workers: 50, law: 'fixed', meanSeconds: 0.0001 },
};
const TOO_LATE_MS = 500;

export function queueLoad(system: VirtualSystem, options: QueueLoadOptions): QueueLoad {
  const requests: LoadRequest[] = [];
  return {
    requests,
    async run(request, _prefix, onSample): Promise<LoadResult> {
      requests.push(request);
      const { ratePerSecond, maxDurationMs, arrivals, requestTimeoutMs } = request;
      const alone = options.alone?.url === request.url ? options.alone : undefined;
      const server = createServer(alone ? FAST : system, createRandom(arrivals!.seed));
      // each flaw is of the load on the subject alone, so that a test sees the guard that catches it there
      const flaws: Partial<QueueLoadOptions> = alone ? {} : options;
      const lateMs = alone && ratePerSecond > alone.ceiling ? TOO_LATE_MS : (flaws.lateMs ?? 0);
      const slots = Math.floor((maxDurationMs / 1000) * ratePerSecond * (flaws.sentShare ?? 1));
      let [sent, dropped, received, clock] = [0, 0, 0, maxDurationMs];
      for (let slot = 0; slot < slots; slot += 1) {
        if (flaws.drops?.(slot) === true) {
          dropped += 1;
          continue;
        }
        const iteration = sent;
        sent += 1;
        // k6 numbers what it began; the script draws by that number and is late by what was dropped before
        const paced = arrivals!.kind === 'paced';
        const offsets = paced ? [0] : slotOffsets(arrivals!.seed, iteration, slotCount(arrivals!.seed, iteration));
        for (const [k, offset] of offsets.entries()) {
          const dueMs = ((iteration + offset) * 1000) / ratePerSecond;
          const startMs = dueMs + (dropped * 1000) / ratePerSecond + lateMs;
          alone?.came();
          const { refused, finishedAt } = server.serve(startMs / 1000);
          const timedOut = finishedAt * 1000 - startMs > requestTimeoutMs;
          const endMs = timedOut ? startMs + requestTimeoutMs : finishedAt * 1000;
          if (flaws.losesEvery !== undefined && (received + 1) % flaws.losesEvery === 0) continue;
          received += 1;
          const answer = onSample({
            sequence: iteration * 16 + k,
            startMs: dueMs,
            endMs,
            status: timedOut ? 0 : refused ? 503 : 200,
            errorCode: timedOut ? 1050 : refused ? 1503 : 0,
            vu: 1,
            identity: String(Math.round((startMs - dueMs) * 10)),
          });
          if (answer !== 'stop') continue;
          clock = dueMs;
          options.passed(clock);
          return result(sent, received, dropped, clock, true);
        }
      }
      options.passed(clock);
      return result(sent, received, dropped, clock, false);
    },
  };
}

function result(sent: number, received: number, dropped: number, wallMs: number, stoppedEarly: boolean): LoadResult {
  return {
    sent,
    received,
    droppedIterations: dropped,
    interrupted: 0,
    vusMax: 1,
    vusAllocated: 1,
    generatorCpuSeconds: wallMs / 10_000,
    wallMs,
    stoppedEarly,
    optionsJson: '{}',
  };
}
