/** What one part counted, as one line of JSON: the log of a pod holds it, whatever else was written there. */
import { z } from 'zod';
import { usageError } from '../../errors/harness-error.ts';
import type { PartCounts, ReadPart } from './count-part.ts';

const FORMAT = 'canaryproof.dev/simulation-part/v1alpha1';
const MOST_PARTS = 10_000;

const whole = z.number().int().min(0);
const times = z.array(z.tuple([z.number(), whole]));
const tally = z.strictObject({
  outcomes: z.strictObject({ promoted: whole, failed: whole, error: whole, paused: whole, stuck: whole }),
  causes: z.array(z.tuple([z.enum(['no-data', 'nan', 'value', 'condition']), whole])),
  late: whole,
  requests: z.number().min(0),
  bad: z.number().min(0),
  users: z.strictObject({ byRequest: whole, sticky: whole }).exactOptional(),
  stopTimes: times,
  durations: times,
});
const schema = z.strictObject({
  format: z.literal(FORMAT),
  part: z
    .strictObject({ index: whole, count: whole.min(1).max(MOST_PARTS) })
    .refine(({ index, count }) => index < count, 'the index lies beyond the count'),
  digest: z.string(),
  tallies: z.array(z.tuple([whole, tally])),
});

export function partText({ part, digest, tallies }: PartCounts): string {
  return `${JSON.stringify({ format: FORMAT, part, digest, tallies })}\n`;
}

/** @throws HarnessError (exit 2) SIMULATION_PART_FILE */
export function parsePart(text: string, file: string): ReadPart {
  const refused = (why: string) =>
    usageError('SIMULATION_PART_FILE', `this holds no counts of a part: ${why}`, {
      where: file,
      hint: 'simulate --part INDEX/COUNT prints them as one line; a log that holds the line does as well.',
    });
  const line = text.split('\n').findLast((one) => one.startsWith('{"format":"canaryproof.dev/simulation-part/'));
  if (line === undefined) throw refused('no line begins as one');
  let document: unknown;
  try {
    document = JSON.parse(line);
  } catch {
    throw refused('its line is cut off');
  }
  const parsed = schema.safeParse(document);
  if (parsed.success) {
    const { part, digest, tallies } = parsed.data;
    return { part, digest, tallies, file };
  }
  const [issue] = parsed.error.issues;
  throw refused(`${issue?.path.join('.') ?? ''} ${issue?.message ?? 'not of its form'}`.trim());
}
