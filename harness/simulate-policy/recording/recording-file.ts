/** A recording of traffic as a file: written before it is used, so that a simulation can be run again on the same traffic. */
import { z } from 'zod';
import { usageError } from '../../errors/harness-error.ts';
import { checkRecording, type Recording } from '../../simulation/recorded-traffic.ts';

const FORMAT = 'canaryproof.dev/recorded-traffic/v1alpha1';

const counts = z.array(z.number());
const schema = z.strictObject({
  format: z.literal(FORMAT),
  /** Where it comes from, in words. */
  from: z.string(),
  /** Of the beginning, Unix milliseconds. */
  startMs: z.number(),
  intervalMs: z.number(),
  requests: counts,
  errors: counts,
  latency: z.strictObject({ medianMs: z.number(), sigma: z.number() }).optional(),
  warnings: z.array(z.string()).optional(),
});

export interface RecordedTraffic extends Recording {
  readonly from: string;
  readonly startMs: number;
  /** Lognormal; undefined: nobody measured how long answers took. */
  readonly latency: { readonly medianMs: number; readonly sigma: number } | undefined;
}

export function recordingText({ latency, warnings, ...counted }: RecordedTraffic): string {
  const { from, startMs, intervalMs, requests, errors } = counted;
  const more = { ...(latency ? { latency } : {}), ...(warnings ? { warnings } : {}) };
  const document = { format: FORMAT, from, startMs, intervalMs, requests, errors, ...more };
  return `${JSON.stringify(document)}\n`;
}

/** @throws HarnessError (exit 2) SIMULATION_RECORDING, SIMULATION_TRAFFIC: no request in it */
export function parseRecording(text: string, where: string): RecordedTraffic {
  const hint = 'Make one with --from-prometheus URL --record FILE, or with --from-run DIRECTORY --record FILE.';
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw usageError('SIMULATION_RECORDING', 'this is no recording of traffic: it is not JSON', { where, hint, cause });
  }
  const parsed = schema.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const at = issue?.path.join('.') ?? '';
    throw usageError(
      'SIMULATION_RECORDING',
      `this is no recording of traffic: ${at === '' ? '' : `${at}: `}${issue?.message ?? 'not of its form'}`,
      { where, hint },
    );
  }
  const { format: _, latency, warnings, ...recording } = parsed.data;
  checkRecording(recording);
  return { ...recording, latency, ...(warnings ? { warnings } : {}) };
}
