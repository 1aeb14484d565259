import { expect, it } from 'vitest';
import { parseObjective } from '../documents/response-objective.ts';
import type { LoadRequest, LoadResult, LoadRunner } from '../ports/load.ts';
import type { CapacityQuestion } from './question.ts';
import { returnTrials } from './return-trials.ts';

const BASE_MS = 1_000_000;
const QUESTION: CapacityQuestion = {
  ...{ objective: parseObjective('p95<200ms'), fromRate: 10, maxRate: 1000, width: 0.1, confidence: 0.95 },
  ...{ budgetSeconds: 300, trialSeconds: 30, arrivals: 'paced', seed: 1, pulse: true, peak: undefined },
};

/** A subject that comes back 3 s after the pulse up to a rate, and never above it. */
function subject(truth: number, change: { readonly deaf?: boolean; readonly bad?: boolean } = {}) {
  const requests: LoadRequest[] = [];
  let pulsed = Infinity;
  const load: LoadRunner = {
    async run(request, _prefix, onSample) {
      requests.push(request);
      const { ratePerSecond: rate, maxDurationMs } = request;
      const isPulse = request.phase.startsWith('pulse');
      const slots = Math.floor((maxDurationMs / 1000) * rate);
      if (!isPulse) pulsed = Infinity;
      const from = isPulse ? 10.5 : 0;
      for (let slot = 0; slot < slots && !(isPulse && change.deaf); slot += 1) {
        const at = from + slot / rate;
        if (isPulse) pulsed = at;
        const stuck = !isPulse && at > 10.5 && at < (rate <= truth ? pulsed + 3 : Infinity);
        const startMs = BASE_MS + at * 1000;
        const isBad = change.bad || (stuck && pulsed < Infinity);
        onSample({
          ...{ sequence: slot * 16, startMs, endMs: startMs + (isBad ? 700 : 20) },
          ...{ status: 200, errorCode: 0, vu: 1, identity: '0' },
        });
      }
      return result(slots, maxDurationMs);
    },
  };
  return { load, requests };
}

const result = (sent: number, wallMs: number): LoadResult => ({
  ...{ sent, received: sent, droppedIterations: 0, interrupted: 0, vusMax: 1, vusAllocated: 1 },
  ...{ generatorCpuSeconds: 1, wallMs, stoppedEarly: false, optionsJson: '{}' },
});

async function play({ load, requests }: ReturnType<typeof subject>) {
  let idle = 0;
  let settled = 0;
  const facts = await returnTrials(
    QUESTION,
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
