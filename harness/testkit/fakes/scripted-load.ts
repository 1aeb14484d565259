/** A load generator without a process: hands out scripted requests, keeps the books that k6 would keep. */

import type { LoadRequest, LoadResult, LoadRunner } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';

export interface ScriptedLoad extends LoadRunner {
  readonly requests: readonly LoadRequest[];
}

/**
 * @param samples in the order in which they finish
 * @param distort changes the books, as a bad instrument would
 */
export function scriptedLoad(
  samples: Iterable<RequestSample>,
  distort: (result: LoadResult) => LoadResult = (result) => result,
): ScriptedLoad {
  const requests: LoadRequest[] = [];
  return {
    requests,
    async run(request, _argvPrefix, onSample, signal) {
      requests.push(request);
      let received = 0;
      let stoppedEarly = false;
      for (const sample of samples) {
        if (signal.aborted) break;
        received += 1;
        if (onSample(sample) === 'stop') {
          stoppedEarly = true;
          break;
        }
      }
      return distort({
        sent: received,
        received,
        droppedIterations: 0,
        interrupted: 0,
        vusMax: 5,
        vusAllocated: request.preAllocatedVus,
        generatorCpuSeconds: 0.1,
        wallMs: stoppedEarly || signal.aborted ? 1000 : request.maxDurationMs,
        stoppedEarly: stoppedEarly || signal.aborted,
        optionsJson: '{"scenarios":{}}',
      });
    },
  };
}

/** One request per millisecond from `startMs`; `identity` by request number, empty for an answer that does not say. */
export function* steadySamples(
  count: number,
  identity: (sequence: number) => string,
  change: (sample: RequestSample) => RequestSample = (sample) => sample,
): Generator<RequestSample> {
  const startMs = Date.UTC(2026, 0, 2);
  for (let sequence = 0; sequence < count; sequence += 1)
    yield change({
      sequence,
      startMs: startMs + sequence,
      endMs: startMs + sequence + 4,
      status: 200,
      errorCode: 0,
      vu: 1 + (sequence % 20),
      identity: identity(sequence),
    });
}

/** Independent draws, the same on every call: `share` of the numbers give `canary`. */
export function drawnVersion(share: number, seed = 1): (sequence: number) => string {
  return (sequence) => (drawnShare(sequence + seed * 1_000_003) < share ? 'v2' : 'v1');
}

/** SplitMix64's finaliser on 32 bits (Steele, Lea, Flood 2014): a number in [0, 1). */
export function drawnShare(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
}
