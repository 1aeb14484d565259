/** Requests of an earlier run as a recording: what its load generator saw, counted a second at a time. Pure. */
import { invalidEvidenceError, usageError } from '../../errors/harness-error.ts';
import type { RecordedTraffic } from './recording-file.ts';

const INTERVAL_MS = 1000;
const FIRST_ERROR = 500;
const FORMAT = 'canaryproof.samples/1';
const COLUMNS = ['startMs', 'endMs', 'status'] as const;

interface Answer {
  readonly startMs: number;
  readonly tookMs: number;
  readonly isError: boolean;
}

/**
 * Errors are answers of 500 and more, as Istio's `response_code=~"5.."` counts them; requests without an answer are not
 * counted, because no proxy counts them either.
 * @param lines of a samples file, the first names the columns
 * @throws HarnessError (exit 5) RUN_EVIDENCE_DAMAGED: not such a file; (exit 2) SIMULATION_TRAFFIC: no answer in it
 */
export function recordingOfSamples(lines: Iterable<string>, from: string): RecordedTraffic {
  return counted(answersOf(lines, from), from);
}

/** At least one. @throws HarnessError as recordingOfSamples */
export function answersOf(lines: Iterable<string>, from: string): readonly Answer[] {
  const damaged = (what: string) =>
    invalidEvidenceError('RUN_EVIDENCE_DAMAGED', `these are no samples of a run: ${what}`, { where: from });
  let columns: readonly number[] | undefined;
  const answers: Answer[] = [];
  for (const line of lines) {
    if (line === '') continue;
    const row = jsonOf(line);
    if (columns === undefined) {
      columns = columnsOf(row);
      if (!columns) throw damaged('the first line does not name the columns');
      continue;
    }
    const [startMs, endMs, status] = columns.map((column) => (Array.isArray(row) ? row[column] : undefined));
    if (!isTime(startMs) || !isTime(endMs) || typeof status !== 'number') throw damaged(`line ${line.slice(0, 80)}`);
    if (status > 0) answers.push({ startMs, tookMs: endMs - startMs, isError: status >= FIRST_ERROR });
  }
  if (columns === undefined) throw damaged('the file is empty');
  if (answers.length === 0)
    throw usageError('SIMULATION_TRAFFIC', 'no request of that load was answered', { where: from });
  return answers;
}

function counted(answers: readonly Answer[], from: string): RecordedTraffic {
  const first = answers.reduce((least, { startMs }) => Math.min(least, startMs), Number.POSITIVE_INFINITY);
  const last = answers.reduce((most, { startMs }) => Math.max(most, startMs), 0);
  // the last second is cut off by the end of the load
  const intervals = Math.max(1, Math.floor((last - first) / INTERVAL_MS));
  const requests = new Array<number>(intervals).fill(0);
  const errors = new Array<number>(intervals).fill(0);
  for (const { startMs, isError } of answers) {
    const index = Math.floor((startMs - first) / INTERVAL_MS);
    if (index >= intervals) continue;
    requests[index]! += 1;
    if (isError) errors[index]! += 1;
  }
  return { from, startMs: first, intervalMs: INTERVAL_MS, requests, errors, latency: latencyOf(answers) };
}

/** Lognormal with the median and the spread of the logarithms. */
function latencyOf(answers: readonly { readonly tookMs: number }[]): RecordedTraffic['latency'] {
  const logs = answers.map(({ tookMs }) => Math.log(Math.max(0.01, tookMs))).sort((a, b) => a - b);
  const mean = logs.reduce((sum, one) => sum + one, 0) / logs.length;
  const spread = Math.sqrt(logs.reduce((sum, one) => sum + (one - mean) ** 2, 0) / Math.max(1, logs.length - 1));
  const medianMs = Number(Math.exp(logs[Math.floor(logs.length / 2)]!).toPrecision(4));
  return { medianMs, sigma: Number(spread.toFixed(4)) };
}

function columnsOf(row: unknown): readonly number[] | undefined {
  const { format, columns } = (row ?? {}) as { readonly format?: unknown; readonly columns?: unknown };
  if (format !== FORMAT || !Array.isArray(columns)) return undefined;
  const found = COLUMNS.map((name) => columns.indexOf(name));
  return found.includes(-1) ? undefined : found;
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
