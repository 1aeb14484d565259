/**
 * Load of one capacity trial: an open loop whose requests have a scheduled start. One evidence line per request, as
 * traffic-split writes them, with two differences: the start is the *scheduled* one and the duration counts from it, so
 * that a request that was sent late is a slow one; and the name is how late it was sent, in tenths of a millisecond.
 *
 * Generators that share a load begin by the clock: one that is ready waits for the others, in `setup`.
 *
 * `sequence` is iteration·16 + k. k6 numbers the iterations that it began, so a dropped one has no number; the harness
 * puts the schedule right where k6 dropped any (harness/capacity-trials/trial-recorder.ts).
 */
import { sleep } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import type { Options } from 'k6/options';
import { slotCount, slotOffsets } from './shared/arrival-slots.ts';
import { formatObservation } from './shared/evidence-line.ts';
import { injectedValues, params, url } from './shared/injected-values.ts';
import { type SummaryData, writeOptions, writeSummary } from './shared/own-books.ts';

declare function setTimeout(callback: () => void, delayMs: number): number;

export const options: Options = injectedValues.options;

const { method, schedule } = injectedValues;
const slotMs = 1000 / (schedule?.ratePerSecond ?? 1);
const PACED_OFFSETS = [0];
let scenario: typeof exec.scenario | undefined;

export function setup(): void {
  writeOptions();
  if (schedule?.start === undefined) return;
  const { atMs, earlyMs } = schedule.start;
  sleep(Math.max(0, atMs - earlyMs - Date.now()) / 1000);
}

export default async function sendSlot(): Promise<void> {
  scenario ??= exec.scenario;
  const iteration = scenario.iterationInTest;
  const slotStartMs = (schedule?.start?.atMs ?? scenario.startTime) + iteration * slotMs;
  const offsets =
    schedule === undefined || schedule.arrivals === 'paced'
      ? PACED_OFFSETS
      : slotOffsets(schedule.seed, iteration, slotCount(schedule.seed, iteration));
  const waiting: Promise<void>[] = [];
  for (let k = 0; k < offsets.length; k += 1)
    waiting.push(sendAt(iteration * 16 + k, slotStartMs + offsets[k]! * slotMs));
  for (const one of waiting) await one;
}

async function sendAt(sequence: number, dueMs: number): Promise<void> {
  const early = dueMs - Date.now();
  if (early > 0.5) await new Promise<void>((resolve) => setTimeout(resolve, early));
  const startMs = Date.now();
  const response = await http.asyncRequest(method, url, null, params);
  const status = response.status;
  const errorCode = status > 0 && status < 400 ? 0 : response.error_code;
  const { blocked, connecting, tls_handshaking, duration } = response.timings;
  const tookMs = status > 0 ? blocked + connecting + tls_handshaking + duration : Date.now() - startMs;
  const scheduledMs = Math.floor(dueMs);
  const latenessMs = Math.max(0, startMs - dueMs);
  const durationUs = ((startMs - scheduledMs + tookMs) * 1000) >>> 0;
  const late = String((latenessMs * 10) >>> 0);
  console.log(formatObservation(sequence, scheduledMs, durationUs, status, errorCode, __VU, late));
}

/** Prints no text summary. */
export function handleSummary(data: SummaryData): object {
  writeSummary(data);
  return {};
}
