/** Reads what a running process appends to `events.jsonl`: whole lines only, each once, and nothing that is no event. */
import { z } from 'zod';
import { openRegularFile } from '../../process/regular-file.ts';
import type { LiveEvent } from './live-run.ts';

const share = z.number();
const split = z.object({
  ...{ id: z.string(), claimId: z.string(), title: z.string(), path: z.enum(['ingress', 'mesh', 'direct']) },
  ...{ startedAt: z.number(), n: z.number(), alpha: z.number(), beta: z.number(), margin: z.number(), cap: z.number() },
  ...{ logE: z.number(), failLogE: z.number(), logLambdaHigh: z.number(), logLambdaLow: z.number() },
  acceptLogLambda: z.number(),
  arms: z.array(
    z.object({ name: z.string(), declaredShare: share, count: z.number(), share, low: share, high: share }),
  ),
});
const claim = z.object({
  id: z.string(),
  title: z.string(),
  state: z.enum(['waiting', 'running', 'passed', 'failed', 'inconclusive', 'invalid']),
  sentence: z.string().optional(),
});
const step = { atMs: z.number(), name: z.string() };
const eventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('claim'), atMs: z.number(), claim }),
  z.object({ type: z.literal('note'), atMs: z.number(), text: z.string() }),
  z.object({ type: z.literal('step-started'), ...step }),
  z.object({ type: z.literal('step-updated'), ...step, text: z.string(), split: split.optional() }),
  z.object({ type: z.literal('step-done'), ...step, text: z.string(), durationMs: z.number() }),
  z.object({ type: z.literal('step-failed'), ...step, text: z.string(), durationMs: z.number() }),
]);

/** Of one look; what is more is read by the next. */
const MOST_BYTES = 64 * 1024 ** 2;

export interface EventFollower {
  /** The events since the last call, in their order; none while the file is not there. */
  read(): Promise<readonly LiveEvent[]>;
}

export function followEvents(file: string): EventFollower {
  let offset = 0;
  let rest = Buffer.alloc(0);
  return {
    async read() {
      const handle = await openRegularFile(file).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      if (handle === undefined) return [];
      try {
        const { size } = await handle.stat();
        if (size <= offset) return [];
        const length = Math.min(size - offset, MOST_BYTES);
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
        offset += bytesRead;
        const text = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
        const end = text.lastIndexOf(0x0a) + 1;
        rest = Buffer.from(text.subarray(end));
        return text.subarray(0, end).toString('utf8').split('\n').flatMap(eventOf);
      } finally {
        await handle.close();
      }
    },
  };
}

function eventOf(line: string): LiveEvent[] {
  if (line === '') return [];
  try {
    const parsed = eventSchema.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data as LiveEvent] : [];
  } catch {
    // a line that a killed run left half-written
    return [];
  }
}
