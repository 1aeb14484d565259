import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseObjective } from '../documents/response-objective.ts';
import { packagedScenario } from '../load/k6/bundle-scenario.ts';
import { createK6Runner } from '../load/k6/k6-runner.ts';
import type { LoadRunner } from '../ports/load.ts';
import { readMachineCpu } from '../process/machine-cpu.ts';
import { openFastPath } from './fast-path.ts';
import { GeneratorAlone } from './generator-alone.ts';
import type { CapacityQuestion } from './question.ts';

const k6Path = process.env.CANARYPROOF_K6;
if (k6Path === undefined) throw new TypeError('set CANARYPROOF_K6 to the path of a k6 2.x program');

const QUESTION: CapacityQuestion = {
  ...{ objective: parseObjective('p95<2s'), fromRate: 10, maxRate: 100, width: 0.1, confidence: 0.95 },
  ...{ budgetSeconds: 300, trialSeconds: 30, arrivals: 'poisson', seed: 3, peak: undefined },
};
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'canaryproof-generator-alone-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

it('a real generator drives the fast path, which answers all that it sent', { timeout: 60_000 }, async () => {
  await using alone = await openFastPath();
  const runner = createK6Runner({
    k6Path,
    logDirectory: directory,
    environment: process.env,
    scenarioFile: packagedScenario('capacity'),
  });
  const statuses: number[] = [];
  const load: LoadRunner = {
    run: (request, prefix, onSample, signal) =>
      runner.run(
        request,
        prefix,
        (sample) => {
          statuses.push(sample.status);
          return onSample(sample);
        },
        signal,
      ),
  };
  const generator = new GeneratorAlone(QUESTION, [], { load, readCpu: readMachineCpu, alone });
  const said: string[] = [];
  const carried = await generator.carries(25, (words) => said.push(words), new AbortController().signal);
  const { carriedRate, unknown, reasons } = generator.facts;
  expect(said[0]).toBe('the generator alone at 100/s');
  expect(unknown).toBe(false);
  expect(alone.served()).toBe(statuses.length);
  expect(statuses.every((status) => status === 200)).toBe(true);
  // how much a machine carries is its own matter: either this, or a reason why not
  expect({ reasons, carried, carriedRate }).toEqual(
    carried === 25
      ? { reasons: expect.any(Array), carried, carriedRate: expect.any(Number) }
      : { reasons: expect.arrayContaining([expect.stringMatching(/^CAPACITY_/)]), carried, carriedRate: carried },
  );
});
