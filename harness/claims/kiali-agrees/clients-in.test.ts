import { expect, test } from 'vitest';
import { createRolloutStream } from '../../traffic/recorded-stream.ts';
import { clientsIn } from './clients-in.ts';

test('counts by version what ended in the window; an error is nobody’s, whoever signed it', () => {
  const stream = createRolloutStream();
  const add = (endMs: number, status: number, version: string | null) =>
    stream.add(
      { sequence: stream.length, startMs: endMs - 5, endMs, status, identity: '', errorCode: 0, vu: 1 },
      version,
    );
  add(10_000, 200, 'v1');
  for (const endMs of [10_001, 15_000, 20_000]) add(endMs, 200, 'v2');
  add(15_000, 200, 'v1');
  add(15_000, 500, 'v1');
  add(15_000, 0, null);
  add(20_001, 200, 'v1');
  expect(clientsIn(stream, { endS: 20, lengthS: 10 })).toEqual({
    byVersion: [
      { arm: 'v1', count: 1 },
      { arm: 'v2', count: 3 },
    ],
    ...{ unnamed: 2, rate: 0.6 },
  });
});
