/** A load generator without a network: its requests go to a queue whose capacity is known. */
import { slotCount, slotOffsets } from '../../../scenarios/shared/arrival-slots.ts';
import { createRandom } from '../../capacity/virtual/random.ts';
import { createServer, type VirtualSystem } from '../../capacity/virtual/system.ts';
import type { GeneratorPart, LoadRequest, LoadResult, LoadRunner } from '../../ports/load.ts';

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
  /** So many generators share each load; default: one. */
  readonly generators?: number;
  /** The code of the error with which the last generator ends at once. */
  readonly died?: string;
  /** Its requests are answered at once, and are late above the generator's ceiling. */
  readonly alone?: { readonly url: string; readonly ceiling: number; came(): void };
  /** Another subject, at an address of its own. */
  readonly other?: { readonly url: string; readonly system: VirtualSystem };
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
  const generators = options.generators ?? 1;
  return {
    requests,
    ...(generators > 1 ? { generators } : {}),
    async run(request, _prefix, onSample): Promise<LoadResult> {
      requests.push(request);
      const { ratePerSecond, maxDurationMs, arrivals, requestTimeoutMs, segment } = request;
      const of = segment?.of ?? generators;
      const alone = options.alone?.url === request.url ? options.alone : undefined;
      const subject = options.other?.url === request.url ? options.other.system : system;
      const server = createServer(alone ? FAST : subject, createRandom(arrivals!.seed));
      // each flaw is of the load on the subject alone, so that a test sees the guard that catches it there
      const flaws: Partial<QueueLoadOptions> = alone ? {} : options;
      const lateMs = alone && ratePerSecond > alone.ceiling ? TOO_LATE_MS : (flaws.lateMs ?? 0);
      const slots = Math.floor((maxDurationMs / 1000) * ratePerSecond * (flaws.sentShare ?? 1));
      const parts = Array.from({ length: generators }, () => ({ sent: 0, droppedIterations: 0 }));
      let [received, clock] = [0, maxDurationMs];
      for (let slot = 0; slot < slots; slot += 1) {
        if (segment !== undefined && slot % of !== segment.index) continue;
        const part = parts[slot % parts.length]!;
        if (flaws.died !== undefined && part === parts.at(-1)) continue;
        if (flaws.drops?.(slot) === true) {
          part.droppedIterations += 1;
          continue;
        }
        const iteration = part.sent * of + (slot % of);
        part.sent += 1;
        // k6 numbers what it began; the script draws by that number and is late by what was dropped before
        const paced = arrivals!.kind === 'paced';
        const offsets = paced ? [0] : slotOffsets(arrivals!.seed, iteration, slotCount(arrivals!.seed, iteration));
        for (const [k, offset] of offsets.entries()) {
          const dueMs = ((iteration + offset) * 1000) / ratePerSecond;
          const startMs = dueMs + (part.droppedIterations * of * 1000) / ratePerSecond + lateMs;
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
          return result(parts, received, clock, true, flaws.died);
        }
      }
      options.passed(clock);
      return result(parts, received, clock, false, flaws.died);
    },
  };
}

function result(
  parts: readonly GeneratorPart[],
  received: number,
  wallMs: number,
  stoppedEarly: boolean,
  died: string | undefined,
): LoadResult {
  const generators = died === undefined ? parts : [...parts.slice(0, -1), { ...parts.at(-1)!, died }];
  return {
    sent: parts.reduce((sum, { sent }) => sum + sent, 0),
    received,
    droppedIterations: parts.reduce((sum, { droppedIterations }) => sum + droppedIterations, 0),
    interrupted: 0,
    vusMax: 1,
    vusAllocated: 1,
    generatorCpuSeconds: wallMs / 10_000,
    wallMs,
    stoppedEarly,
    optionsJson: '{}',
    ...(parts.length > 1 ? { generators } : {}),
  };
}
