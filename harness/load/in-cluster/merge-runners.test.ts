import { expect, test } from 'vitest';
import { parseEvidenceLine } from '../evidence/evidence-line.ts';
import { parseProgressLine } from '../k6/k6-books.ts';
import { RunnerMerge } from './merge-runners.ts';

const SAMPLE = (sequence: number) => `cp1 ${sequence} 1800000000000 1500 200 0 1 =v1 .`;
const summary = (iterations: number, dropped: number) =>
  `cp1-summary ${JSON.stringify({ httpRequests: iterations, iterations, droppedIterations: dropped, vusMax: 3, vusAllocated: 10 })}`;
const progress = (complete: number, interrupted: number) =>
  `running (01.0s), 00/10 VUs, ${complete} complete and ${interrupted} interrupted iterations`;

function merge(runners: number) {
  const evidence: string[] = [];
  const told: string[] = [];
  const log: string[] = [];
  const merged = new RunnerMerge(runners, {
    evidence: (line) => evidence.push(line),
    progress: (line) => told.push(line),
    log: (line) => log.push(line),
  });
  return { merged, evidence, told, log };
}

test('samples pass as they come, books add up, options are told once', () => {
  const { merged, evidence, told, log } = merge(2);
  merged.take(0, 'cp1-options {"scenarios":{}}');
  merged.take(1, 'cp1-options {"scenarios":{}}');
  for (let sequence = 0; sequence < 10; sequence += 1) merged.take(sequence % 2, SAMPLE(sequence));
  merged.take(1, 'Insufficient VUs');
  merged.take(0, progress(2, 0));
  merged.take(0, progress(5, 1));
  merged.take(0, summary(5, 2));
  merged.take(1, progress(5, 2));
  merged.take(1, summary(5, 1));
  merged.end();
  expect(evidence.filter((line) => line.startsWith('cp1-options'))).toHaveLength(1);
  const parsed = evidence.map(parseEvidenceLine);
  expect(parsed.flatMap((line) => (line.kind === 'sample' ? [line.sample.sequence] : []))).toEqual([
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  ]);
  expect(parsed.at(-1)).toEqual({
    kind: 'summary',
    summary: { httpRequests: 10, iterations: 10, droppedIterations: 3, vusMax: 6, vusAllocated: 20 },
  });
  expect(told.map(parseProgressLine)).toEqual([{ complete: 10, interrupted: 3 }]);
  expect(log).toEqual(['runner 2: Insufficient VUs']);
});

test('a runner that never closed its books leaves the run without books, and never with half of them', () => {
  const { merged, evidence, told } = merge(2);
  merged.take(0, SAMPLE(0));
  merged.take(0, progress(1, 0));
  merged.take(0, summary(1, 0));
  merged.take(1, SAMPLE(1));
  merged.end();
  expect(evidence).toEqual([SAMPLE(0), SAMPLE(1)]);
  expect(told).toEqual([]);
});

test('one runner is passed on as it is', () => {
  const { merged, evidence, told, log } = merge(1);
  merged.take(0, SAMPLE(0));
  merged.take(0, 'a word of k6');
  merged.take(0, progress(1, 0));
  merged.take(0, summary(1, 0));
  merged.end();
  expect(evidence).toHaveLength(2);
  expect(told).toHaveLength(1);
  expect(log).toEqual(['a word of k6']);
});
