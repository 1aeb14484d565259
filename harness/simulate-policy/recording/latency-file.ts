/**
 * Measured latencies as a file: bins (JSON) or samples (JSON, or one number of milliseconds a line). Pure. Whatever is not
 * certainly whole and right is refused, because a threshold on a quantile stands or falls with the few slowest answers.
 */
import { z } from 'zod';
import type { MeasuredLatency } from '../../../reports/model/simulation/latency.ts';
import { usageError } from '../../errors/harness-error.ts';
import { binned } from './latency-bins.ts';

/** `count` is of the bin alone, not cumulative; `+Inf` is the bin above the last bound. */
const schema = z.union([
  z.strictObject({ bins: z.array(z.strictObject({ upToMs: z.unknown(), count: z.unknown() })) }),
  z.strictObject({ samplesMs: z.array(z.unknown()) }),
]);

const FORMS =
  'A file.json is {"bins":[{"upToMs":25,"count":9000},{"upToMs":50,"count":700}]} or {"samplesMs":[12.5,31]}; any other file has one number of milliseconds a line.';
const MOST_BINS = 2000;
const MOST_SAMPLES = 5_000_000;

/**
 * @param where how the user named the file
 * @throws HarnessError (exit 2) LATENCY_FORM, LATENCY_CUT_SHORT, LATENCY_EMPTY, LATENCY_NOT_A_NUMBER, LATENCY_NEGATIVE,
 *   LATENCY_UNSORTED, LATENCY_TOO_LARGE
 */
export function parseLatency(text: string, where: string): MeasuredLatency {
  if (text.trim() === '') throw bad('LATENCY_EMPTY', 'there is nothing in it', where);
  if (!where.endsWith('.json')) return ofSamples(numbersOf(text, where), where);
  const document = documentOf(text, where);
  return 'bins' in document ? ofBins(document.bins, where) : ofSamples(document.samplesMs, where);
}

function documentOf(text: string, where: string): z.output<typeof schema> {
  // a document of this form ends with a brace, and no beginning of one does that is valid
  if (!text.trimEnd().endsWith('}')) throw bad('LATENCY_CUT_SHORT', 'it ends in the middle of the document', where);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw bad('LATENCY_FORM', 'it is not JSON', where, cause);
  }
  const parsed = schema.safeParse(document);
  if (!parsed.success) throw bad('LATENCY_FORM', 'it has neither bins nor samplesMs', where);
  return parsed.data;
}

/** A last line without its end may be the beginning of a number. */
function numbersOf(text: string, where: string): readonly unknown[] {
  if (!text.endsWith('\n')) throw bad('LATENCY_CUT_SHORT', 'its last line has no end', where);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => (line.trim() === '' ? line : Number(line)));
}

function ofSamples(samples: readonly unknown[], where: string): MeasuredLatency {
  if (samples.length === 0) throw bad('LATENCY_EMPTY', 'there is no sample in it', where);
  if (samples.length > MOST_SAMPLES)
    throw bad('LATENCY_TOO_LARGE', `it has more than ${MOST_SAMPLES} samples; give bins`, where);
  return binned(
    samples.map((one, index) => notNegative(one, `sample ${index + 1}`, where)),
    where,
  );
}

function ofBins(
  bins: readonly { readonly upToMs: unknown; readonly count: unknown }[],
  where: string,
): MeasuredLatency {
  if (bins.length > MOST_BINS) throw bad('LATENCY_TOO_LARGE', `it has more than ${MOST_BINS} bins`, where);
  const boundsMs: number[] = [];
  const counts: number[] = [];
  for (const [index, { upToMs, count }] of bins.entries()) {
    const place = `bin ${index + 1}`;
    const isLast = index === bins.length - 1;
    if (!(isLast && upToMs === '+Inf')) {
      const bound = notNegative(upToMs, `the bound of ${place}`, where);
      if (!(bound > (boundsMs.at(-1) ?? 0)))
        throw bad('LATENCY_UNSORTED', `${place} ends at ${bound} ms, not above ${boundsMs.at(-1) ?? 0} ms`, where);
      boundsMs.push(bound);
    }
    const answers = notNegative(count, `the count of ${place}`, where);
    if (!Number.isSafeInteger(answers)) throw bad('LATENCY_FORM', `the count of ${place} is ${answers}`, where);
    counts.push(answers);
  }
  if (boundsMs.length === 0 || counts.every((count) => count === 0))
    throw bad('LATENCY_EMPTY', 'there is no answer in its bins', where);
  return { from: where, boundsMs, counts: counts.length > boundsMs.length ? counts : [...counts, 0] };
}

function notNegative(value: unknown, what: string, where: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw bad('LATENCY_NOT_A_NUMBER', `${what} is no number: ${JSON.stringify(value) ?? 'nothing'}`, where);
  if (value < 0) throw bad('LATENCY_NEGATIVE', `${what} is ${value}`, where);
  return value;
}

function bad(code: string, sentence: string, where: string, cause?: unknown): Error {
  return usageError(code, `measured latencies: ${sentence}`, { where, hint: FORMS, ...(cause ? { cause } : {}) });
}
