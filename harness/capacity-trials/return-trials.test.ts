import { expect, it } from 'vitest';
import { slotCount, slotOffsets } from '../../scenarios/shared/arrival-slots.ts';
import { parseObjective } from '../documents/response-objective.ts';
import { environmentError } from '../errors/harness-error.ts';
import type { LoadRequest, LoadResult, LoadRunner } from '../ports/load.ts';
import type { CapacityQuestion } from './question.ts';
import { returnTrials } from './return-trials.ts';

const BASE_MS = 1_000_000;
const QUESTION: CapacityQuestion = {
  ...{ objective: parseObjective('p95<200ms'), fromRate: 10, maxRate: 1000, width: 0.1, confidence: 0.95 },
  ...{ budgetSeconds: 300, trialSeconds: 30, arrivals: 'paced', seed: 1, pulse: true, peak: undefined },
};

interface Flaws {
  readonly deaf?: boolean;
  readonly bad?: boolean;
  /** Second at which the pulse begins; default 10.5. */
  readonly pulseAt?: number;
  /** Drops every fourth request of the pulse; those after it have the numbers of earlier ones, and are late by them. */
  readonly drops?: boolean;
  /** Of the pulse only the first half leaves a sample. */
  readonly short?: boolean;
  /** This phase ends with this error. */
  readonly fails?: readonly [phase: string, error: Error];
}

/** A subject that comes back 3 s after the pulse up to a rate, and never above it. */
function subject(truth: number, flaws: Flaws = {}) {
  const requests: LoadRequest[] = [];
  const ended: string[] = [];
  const pulseAt = flaws.pulseAt ?? 10.5;
  let pulsed = Infinity;
  const load: LoadRunner = {
    async run(request, _prefix, onSample) {
      requests.push(request);
      const { phase, ratePerSecond: rate, maxDurationMs } = request;
      const isPulse = phase.startsWith('pulse');
      const slots = Math.floor((maxDurationMs / 1000) * rate);
      if (!isPulse) pulsed = Infinity;
      const from = isPulse ? pulseAt : 0;
      const until = isPulse && flaws.short ? slots / 2 : slots;
      let dropped = 0;
      for (let slot = 0; slot < until && !(isPulse && flaws.deaf); slot += 1) {
        if (isPulse && flaws.drops && slot % 4 === 1) {
          dropped += 1;
          continue;
        }
        const { kind, seed } = request.arrivals!;
        const offsets = kind === 'paced' ? [0] : slotOffsets(seed, slot, slotCount(seed, slot));
        for (const [k, offset] of offsets.entries()) {
          const at = from + (slot + offset) / rate;
          if (isPulse) pulsed = at;
          const stuck = !isPulse && at > pulseAt && at < (rate <= truth ? pulsed + 3 : Infinity);
          const lateMs = (dropped * 1000) / rate;
          const startMs = BASE_MS + at * 1000 - lateMs;
          const isBad = flaws.bad || (stuck && pulsed < Infinity);
          onSample({
            ...{ sequence: (slot - dropped) * 16 + k, startMs, endMs: startMs + lateMs + (isBad ? 700 : 20) },
            ...{ status: 200, errorCode: 0, vu: 1, identity: String(Math.round(lateMs * 10)) },
          });
        }
      }
      // the pulse's generator may be the last to end
      if (isPulse) await new Promise((resolve) => setImmediate(resolve));
      ended.push(phase);
      if (flaws.fails?.[0] === phase) throw flaws.fails[1];
      return { ...result(slots - dropped, maxDurationMs), droppedIterations: dropped };
    },
  };
  return { load, requests, ended };
}

const result = (sent: number, wallMs: number): LoadResult => ({
  ...{ sent, received: sent, droppedIterations: 0, interrupted: 0, vusMax: 1, vusAllocated: 1 },
  ...{ generatorCpuSeconds: 1, wallMs, stoppedEarly: false, optionsJson: '{}' },
});

async function play({ load, requests }: ReturnType<typeof subject>, change: Partial<CapacityQuestion> = {}) {
  let idle = 0;
  let settled = 0;
  const facts = await returnTrials(
    { ...QUESTION, ...change },
    { low: 80, high: 90 },
    { target: { url: 'http://127.0.0.1:1/', headers: {}, hosts: {} }, argvPrefix: [] },
    {
      ...{ load, now: () => 0, tell: () => undefined, live: () => undefined },
      readCpu() {
        idle += 1;
        return { idle, total: idle * 2 };
      },
    },
    async () => {
      settled += 1;
    },
    new AbortController().signal,
  );
  return { facts, settled, phases: requests.map(({ phase, ratePerSecond }) => `${phase} ${ratePerSecond.toFixed(0)}`) };
}

it('overloads the load that is held, with a second generator, and sees it held again', async () => {
  const { facts, phases, settled } = await play(subject(500));
  // to half as much again as the upper end, both together
  expect(phases).toEqual(['return-1 80', 'pulse-1 55']);
  expect(facts).toMatchObject({ recovers: 80, stuck: undefined, guards: [] });
  expect(facts.afterSeconds).toBeGreaterThan(2.5);
  expect(facts.afterSeconds).toBeLessThan(3.2);
  expect(settled).toBe(1);
});

it('seeks the rate that recovers, with a pulse to the same height each', async () => {
  const { facts, phases } = await play(subject(30));
  expect(phases.filter((phase) => phase.startsWith('return'))).toEqual([
    'return-1 80',
    'return-2 40',
    'return-3 20',
    'return-4 28',
    'return-5 34',
  ]);
  expect(phases.filter((phase) => phase.startsWith('pulse')).slice(0, 3)).toEqual([
    'pulse-1 55',
    'pulse-2 95',
    'pulse-3 115',
  ]);
  expect(facts.recovers).toBeCloseTo(28.3, 1);
  expect(facts.stuck).toBeCloseTo(33.6, 1);
});

it('says nothing without a pulse, or of a load that was not held before it', async () => {
  expect((await play(subject(500, { deaf: true }))).facts.guards).toEqual(['CAPACITY_PULSE_MISSING']);
  expect((await play(subject(500, { bad: true }))).facts).toMatchObject({ recovers: undefined, stuck: undefined });
  expect((await play(subject(500, { bad: true }))).facts.guards).toEqual(['CAPACITY_NOT_HELD_BEFORE']);
});

it.each<[string, Flaws]>([
  ['dropped a part', { drops: true }],
  ['ended early', { short: true }],
])('a pulse that %s proves no return, and what is stuck even after it is stuck', async (_, flaws) => {
  const { facts } = await play(subject(500, flaws));
  expect(facts).toMatchObject({ recovers: undefined, stuck: undefined, guards: ['CAPACITY_PULSE_WEAK'] });
  expect((await play(subject(1, flaws))).facts).toMatchObject({ stuck: 5, guards: [] });
  // the first one sticks, and the second one proves nothing
  expect((await play(subject(50, flaws))).facts).toMatchObject({
    ...{ recovers: undefined, stuck: 80, afterSeconds: undefined },
    guards: ['CAPACITY_PULSE_WEAK'],
  });
});

it('independent users leave gaps at the ends of a pulse, which is not weak for that', async () => {
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const { facts } = await play(subject(500), { arrivals: 'poisson', seed });
    expect(facts.guards).toEqual([]);
  }
});

it('the pulse has users for the second of work that piles up until its end', async () => {
  const planted = subject(500);
  await play(planted);
  const { ratePerSecond, preAllocatedVus } = planted.requests[1]!;
  expect(preAllocatedVus).toBeGreaterThanOrEqual(ratePerSecond + 45);
});

it('a pulse that came too late for the whole watch makes nothing stuck; a return that was seen counts', async () => {
  expect((await play(subject(1, { pulseAt: 18 }))).facts).toMatchObject({
    ...{ recovers: undefined, stuck: undefined },
    guards: ['CAPACITY_PULSE_LATE'],
  });
  expect((await play(subject(500, { pulseAt: 18 }))).facts).toMatchObject({ recovers: 80, guards: [] });
  // it ends when its last request was sent, whatever number that has
  expect((await play(subject(1, { pulseAt: 13.3, drops: true }))).facts.guards).toEqual(['CAPACITY_PULSE_LATE']);
  // 10 s before, up to 3 s to start, and the pulse
  expect((await play(subject(1, { pulseAt: 13 }))).facts).toMatchObject({ stuck: 5, guards: [] });
});

it.each(['return-1', 'pulse-1'])('an error of %s is a guard, when both generators have ended', async (phase) => {
  const planted = subject(500, { fails: [phase, environmentError('K6_EXIT', 'k6 ended')] });
  const { facts } = await play(planted);
  expect(planted.ended.toSorted()).toEqual(['pulse-1', 'return-1']);
  expect(facts).toMatchObject({ recovers: undefined, stuck: undefined, guards: ['K6_EXIT'] });
});

it('an error leaves what was found before, and a bug is none', async () => {
  const failed = subject(50, { fails: ['pulse-2', environmentError('K6_EXIT', 'k6 ended')] });
  expect((await play(failed)).facts).toMatchObject({ recovers: undefined, stuck: 80, guards: ['K6_EXIT'] });
  const bug = subject(50, { fails: ['return-1', new TypeError('a bug')] });
  await expect(play(bug)).rejects.toThrow('a bug');
});
