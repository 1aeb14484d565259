import { describe, expect, it } from 'vitest';
import { environmentError } from '../errors/harness-error.ts';
import type { LoadRequest, LoadResult, LoadRunner } from '../ports/load.ts';
import type { RequestSample } from '../ports/request-sample.ts';
import { severalGenerators } from './several-generators.ts';

const REQUEST: LoadRequest = {
  phase: 'pool-100',
  url: 'http://127.0.0.1:1/',
  headers: {},
  hosts: {},
  identify: { kind: 'header', name: 'x-unused' },
  ratePerSecond: 100,
  maxDurationMs: 1000,
  preAllocatedVus: 60,
  requestTimeoutMs: 1000,
  newConnectionPerRequest: false,
  arrivals: { kind: 'paced', seed: 1 },
};
const RESULT: LoadResult = {
  ...{ sent: 50, received: 49, droppedIterations: 1, interrupted: 1, vusMax: 3, vusAllocated: 34 },
  ...{ generatorCpuSeconds: 0.5, wallMs: 1000, stoppedEarly: false, optionsJson: '{}' },
};
const sample = (sequence: number, identity = '0'): RequestSample => ({
  ...{ sequence, startMs: 0, endMs: 10, status: 200, errorCode: 0, vu: 1, identity },
});
const never = () => new AbortController().signal;
type Part = (request: LoadRequest, onSample: (sample: RequestSample) => void, signal: AbortSignal) => Promise<void>;

/** Each generator does what is said of it. */
function shared(parts: readonly Part[], now = () => 1_000_000) {
  const requests: LoadRequest[] = [];
  const one: LoadRunner = {
    async run(request, _prefix, onSample, signal) {
      requests.push(request);
      const { index } = request.segment!;
      await parts[index]!(request, onSample, signal);
      return { ...RESULT, wallMs: 1000 + index, stoppedEarly: signal.aborted };
    },
  };
  return { requests, load: severalGenerators(one, parts.length, now) };
}
const quiet: Part = async () => undefined;
const untilStopped: Part = (_request, _onSample, signal) =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
const dies: Part = async () => {
  throw environmentError('K6_EXIT', 'k6 ended');
};

describe('several generators', () => {
  it('one is left as it is', () => {
    const one: LoadRunner = { run: async () => RESULT };
    expect(severalGenerators(one, 1)).toBe(one);
  });

  it('get a segment each, the same beginning, and as many users each', async () => {
    const { load, requests } = shared([quiet, quiet, quiet]);
    await load.run(REQUEST, [], () => 'continue', never());
    expect(load.generators).toBe(3);
    expect(requests.map(({ segment }) => segment)).toEqual([0, 1, 2].map((index) => ({ index, of: 3 })));
    expect(requests.map(({ phase }) => phase)).toEqual(['pool-100-1of3', 'pool-100-2of3', 'pool-100-3of3']);
    const start = { atMs: 1_002_000, earlyMs: 50 };
    for (const request of requests) {
      expect(request.arrivals).toEqual({ kind: 'paced', seed: 1, start });
      // 60 and those of the 50 ms that they are early, up to a multiple of three
      expect(request).toMatchObject({ ratePerSecond: 100, preAllocatedVus: 66 });
    }
  });

  it('are one load: every sample, the sum of the books, and each part of them', async () => {
    const sends = (...sequences: number[]): Part => {
      return async (_request, onSample) => {
        for (const sequence of sequences) onSample(sample(sequence));
      };
    };
    const { load } = shared([sends(0, 32), sends(16, 48)]);
    const came: number[] = [];
    const result = await load.run(
      REQUEST,
      [],
      ({ sequence }) => {
        came.push(sequence);
        return 'continue';
      },
      never(),
    );
    expect(came.sort((a, b) => a - b)).toEqual([0, 16, 32, 48]);
    expect(result).toEqual({
      ...{ sent: 100, received: 98, droppedIterations: 2, interrupted: 2, vusMax: 6, vusAllocated: 68 },
      ...{ generatorCpuSeconds: 1, wallMs: 1001, stoppedEarly: false, optionsJson: '{}' },
      generators: [
        { sent: 50, droppedIterations: 1 },
        { sent: 50, droppedIterations: 1 },
      ],
    });
  });

  it('stop together, on a verdict and on the signal', async () => {
    const decides: Part = async (_request, onSample) => onSample(sample(0));
    const verdict = await shared([decides, untilStopped]).load.run(REQUEST, [], () => 'stop', never());
    expect(verdict.stoppedEarly).toBe(true);
    const controller = new AbortController();
    const interrupted = shared([untilStopped, untilStopped]).load.run(REQUEST, [], () => 'stop', controller.signal);
    controller.abort();
    expect(await interrupted).toMatchObject({ stoppedEarly: true });
  });

  it('that dies stops the others and is told', async () => {
    const result = await shared([untilStopped, dies]).load.run(REQUEST, [], () => 'continue', never());
    expect(result.generators).toEqual([
      { sent: 50, droppedIterations: 1 },
      { sent: 0, droppedIterations: 0, died: 'K6_EXIT' },
    ]);
  });

  it('that all die fail as one does, and so does whoever takes the samples', async () => {
    const all = shared([dies, dies]).load.run(REQUEST, [], () => 'continue', never());
    await expect(all).rejects.toMatchObject({ code: 'K6_EXIT' });
    const fault = new TypeError('a fault of ours');
    const ours: Part = async () => {
      throw fault;
    };
    await expect(shared([ours, untilStopped]).load.run(REQUEST, [], () => 'continue', never())).rejects.toBe(fault);
  });

  it('begin later the next time when one was not ready', async () => {
    const late: Part = async (_request, onSample) => {
      onSample(sample(0, '4000'));
      onSample(sample(32, '90000'));
    };
    const { load, requests } = shared([late, quiet]);
    for (let time = 0; time < 2; time += 1) await load.run(REQUEST, [], () => 'continue', never());
    // its first request was 400 ms late; what came later is no matter of its start
    expect(requests.map(({ arrivals }) => arrivals!.start!.atMs - 1_000_000)).toEqual([2000, 2000, 2800, 2800]);
  });
});
