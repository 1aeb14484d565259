import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseObjective } from '../documents/response-objective.ts';
import { packagedScenario } from '../load/k6/bundle-scenario.ts';
import { createK6Runner } from '../load/k6/k6-runner.ts';
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

it('a real generator drives the fast path, and is known to carry what it was tried at', {
  timeout: 60_000,
}, async () => {
  await using alone = await openFastPath();
  const load = createK6Runner({
    k6Path,
    logDirectory: directory,
    environment: process.env,
    scenarioFile: packagedScenario('capacity'),
  });
  const generator = new GeneratorAlone(QUESTION, [], { load, readCpu: readMachineCpu, alone });
  const said: string[] = [];
  const carried = await generator.carries(25, (words) => said.push(words), new AbortController().signal);
  expect(said).toEqual(['the generator alone at 100/s']);
  expect(generator.facts).toEqual({ carriedRate: 100, failedRate: undefined, unknown: false, reasons: [] });
  expect(carried).toBe(25);
  // 500 of a Poisson law, and five standard deviations
  expect(Math.abs(alone.served() - 500)).toBeLessThan(112);
});
