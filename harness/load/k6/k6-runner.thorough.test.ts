/** Floods, cuts and generators that do not listen, each a process; k6-runner.test.ts holds the core. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../errors/harness-error.ts';
import type { LoadRequest } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import { createK6Runner, type K6LoadResult } from './k6-runner.ts';

const FAKE = fileURLToPath(new URL('./fake-k6.ts', import.meta.url));
const REQUEST: LoadRequest = {
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

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'canaryproof-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

interface Outcome {
  readonly samples: RequestSample[];
  readonly result: K6LoadResult | undefined;
  readonly error: unknown;
}

async function runFake(
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

describe('a sound run', () => {
  it('keeps up with a flood that is far larger than the pipe', async () => {
    const { samples, result } = await runFake('floods');
    expect(samples.length).toBe(50_000);
    expect(result).toMatchObject({ sent: 50_000, received: 50_000 });
  });
});

describe('stopping', () => {
  it('kills a generator that ignores the interrupt and says so', async () => {
    const { error, samples } = await runFake('ignores-interrupt', () => 'stop');
    expect(error).toMatchObject({ code: 'LOAD_GENERATOR_HUNG', exitCode: EXIT.environment });
    expect(samples.length).toBe(5);
  });

  it('ends the generator and passes the error on when the consumer throws', async () => {
    const { error, samples } = await runFake('until-interrupt', () => {
      throw new RangeError('no room');
    });
    expect(error).toBeInstanceOf(RangeError);
    expect(samples.length).toBe(1);
  });
});

describe('a generator that misbehaves', () => {
  it('counts a line that was cut short and leaves the books open', async () => {
    const { samples, result } = await runFake('cuts-the-last-line');
    expect(samples.length).toBe(10);
    expect(result).toMatchObject({ sent: 11, received: 10, interrupted: 0, evidence: { cut: 1 } });
  });
});
