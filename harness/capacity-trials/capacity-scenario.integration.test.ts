/** The packaged capacity scenario with the real k6 (CANARYPROOF_K6): what was drawn is what is sent, counted from when it was due. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { slotCount, slotOffsets } from '../../scenarios/shared/arrival-slots.ts';
import { packagedScenario } from '../load/k6/bundle-scenario.ts';
import { createK6Runner } from '../load/k6/k6-runner.ts';
import { severalGenerators } from './several-generators.ts';
import { TrialRecorder } from './trial-recorder.ts';

const k6Path = process.env.CANARYPROOF_K6;
if (k6Path === undefined) throw new TypeError('set CANARYPROOF_K6 to the path of a k6 2.x program');

const RATE = 100;
const HOLD_MS = 300;
const SEED = 11;
let server: Server;
let directory: string;
let arrived = 0;

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'canaryproof-capacity-k6-'));
  server = createServer((_, response) => {
    arrived += 1;
    setTimeout(() => response.end('ok'), HOLD_MS);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true });
});

it.each(['poisson', 'paced'] as const)('%s arrivals', { timeout: 60_000 }, async (arrivals) => {
  arrived = 0;
  const recorder = new TrialRecorder({ arrivals, seed: SEED, ratePerSecond: RATE, generators: 1, limitMs: 10 });
  const runner = createK6Runner({
    k6Path,
    logDirectory: directory,
    environment: process.env,
    scenarioFile: packagedScenario('capacity'),
  });
  const result = await runner.run(
    {
      phase: arrivals,
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      headers: {},
      hosts: {},
      identify: { kind: 'header', name: 'x-unused' },
      ratePerSecond: RATE,
      maxDurationMs: 3000,
      preAllocatedVus: 200,
      requestTimeoutMs: 10_000,
      newConnectionPerRequest: false,
      arrivals: { kind: arrivals, seed: SEED },
    },
    [],
    (sample) => {
      recorder.take(sample);
      // never faster than the server, counted from a start that lies before the sending
      expect(sample.endMs - sample.startMs).toBeGreaterThanOrEqual(HOLD_MS - 2);
      return 'continue';
    },
    new AbortController().signal,
  );
  const slots = Array.from({ length: result.sent }, (_, slot) => (arrivals === 'paced' ? 1 : slotCount(SEED, slot)));
  expect(recorder.received).toBe(slots.reduce((sum, count) => sum + count, 0));
  expect(arrived).toBe(recorder.received);
  const recorded = recorder.bins(4, [result.sent], [result.droppedIterations]);
  expect(recorded).toMatchObject({ lost: 0, due: recorder.received, droppedFree: 0 });
  // every answer takes longer than the limit
  expect(recorded.bins.bad).toEqual(recorded.bins.arrivals);
  expect(result.evidence).toMatchObject({ malformed: 0, duplicates: 0 });
});

/** Of every request that was sent: its number, and when its load began by its due time. */
async function sentBy(generators: number, arrivals: 'poisson' | 'paced') {
  const one = createK6Runner({ k6Path: k6Path!, logDirectory: directory, environment: process.env });
  const sequences: number[] = [];
  const begins: number[] = [];
  const result = await severalGenerators(one, generators).run(
    {
      phase: `${arrivals}-${generators}`,
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      headers: {},
      hosts: {},
      identify: { kind: 'header', name: 'x-unused' },
      ratePerSecond: RATE,
      maxDurationMs: 3000,
      preAllocatedVus: 121,
      requestTimeoutMs: 10_000,
      newConnectionPerRequest: false,
      arrivals: { kind: arrivals, seed: SEED },
    },
    [],
    ({ sequence, startMs }) => {
      const slot = Math.floor(sequence / 16);
      const offset = arrivals === 'paced' ? 0 : slotOffsets(SEED, slot, slotCount(SEED, slot))[sequence % 16]!;
      sequences.push(sequence);
      begins.push(startMs - ((slot + offset) * 1000) / RATE);
      return 'continue';
    },
    new AbortController().signal,
  );
  return { result, begins, sequences: sequences.sort((a, b) => a - b) };
}

it.each(['poisson', 'paced'] as const)(
  '%s arrivals of several generators are those of one, on one clock',
  { timeout: 180_000 },
  async (arrivals) => {
    for (const generators of [2, 3]) {
      const { result, begins, sequences } = await sentBy(generators, arrivals);
      const slots = result.generators!.map(({ sent }, index) =>
        Array.from({ length: sent }, (_, n) => n * generators + index),
      );
      const due = slots
        .flat()
        .sort((a, b) => a - b)
        .flatMap((slot) =>
          Array.from({ length: arrivals === 'paced' ? 1 : slotCount(SEED, slot) }, (_, k) => slot * 16 + k),
        );
      expect(sequences).toEqual(due);
      // how many of them fit in before the end is the machine's matter
      expect(Math.min(...slots.map((own) => own.length))).toBeGreaterThan((RATE * 3) / generators / 2);
      // by the millisecond of its line
      expect(Math.max(...begins) - Math.min(...begins)).toBeLessThanOrEqual(1.001);
    }
  },
);
