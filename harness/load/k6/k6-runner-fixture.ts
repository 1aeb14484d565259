/** What the quick and the thorough tests of k6-runner share. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach } from 'vitest';
import type { LoadRequest } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import { createK6Runner, type K6LoadResult } from './k6-runner.ts';

const FAKE = fileURLToPath(new URL('./fake-k6.ts', import.meta.url));

export const REQUEST: LoadRequest = {
  phase: 'split at 90/10',
  url: 'http://127.0.0.1:1/',
  headers: {},
  hosts: {},
  identify: { kind: 'header', name: 'x-version' },
  ratePerSecond: 100,
  maxDurationMs: 60_000,
  preAllocatedVus: 10,
  requestTimeoutMs: 1000,
  newConnectionPerRequest: false,
};

export let directory: string;

interface Outcome {
  readonly samples: RequestSample[];
  readonly result: K6LoadResult | undefined;
  readonly error: unknown;
}

export async function runFake(
  behaviour: string,
  onSample: (sample: RequestSample, count: number) => 'continue' | 'stop' = () => 'continue',
  signal = new AbortController().signal,
  request: LoadRequest = REQUEST,
): Promise<Outcome> {
  const runner = createK6Runner({ k6Path: 'k6', logDirectory: directory, environment: {}, stopBoundMs: 400 });
  const samples: RequestSample[] = [];
  const take = (sample: RequestSample) => onSample(sample, samples.push(sample));
  const prefix = [process.execPath, FAKE, behaviour];
  const result = await runner.run(request, prefix, take, signal).catch((error: unknown) => ({ error }));
  return 'error' in result
    ? { samples, result: undefined, error: result.error }
    : { samples, result, error: undefined };
}

/** Called once by each file of tests: makes what they need, in a folder that goes with the run. */
export function runsOfFakeK6(): void {
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'canaryproof-test-'));
  });
}
