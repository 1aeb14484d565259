import { describe, expect, test } from 'vitest';
import { parseEvidenceLine } from '../evidence/evidence-line.ts';
import { parseProgressLine } from '../k6/k6-books.ts';
import { RunnerMerge, type SharedLoad } from './merge-runners.ts';

const SAMPLE = (sequence: number) => `cp1 ${sequence} 1800000000000 1500 200 0 1 =v1 .`;
const summary = (iterations: number, dropped: number) =>
  `cp1-summary ${JSON.stringify({ httpRequests: iterations, iterations, droppedIterations: dropped, vusMax: 3, vusAllocated: 10 })}`;
const progress = (complete: number, interrupted: number) =>
  `running (01.0s), 00/10 VUs, ${complete} complete and ${interrupted} interrupted iterations`;

function merge(runners: number, shared?: SharedLoad) {
  const evidence: string[] = [];
  const told: string[] = [];
  const log: string[] = [];
  const merged = new RunnerMerge(
    runners,
    {
      evidence: (line) => evidence.push(line),
      progress: (line) => told.push(line),
      log: (line) => log.push(line),
    },
    shared,
  );
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

describe('a shared load', () => {
  const shared = { as: 'TestRun', now: () => 1_800_000_000_500 } as const;
  const summaryOf = (evidence: readonly string[]) => {
    const parsed = evidence.map(parseEvidenceLine).find(({ kind }) => kind === 'summary');
    return parsed?.kind === 'summary' ? parsed.summary : undefined;
  };

  test('tells of each runner, and how far its clock is ahead at least', () => {
    const { merged, evidence } = merge(2, shared);
    merged.take(0, SAMPLE(0));
    merged.take(1, 'cp1 1 1800000002000 1500 200 0 1 =v1 .');
    for (const [runner, dropped] of [3, 0].entries()) {
      merged.take(runner, progress(5, 1));
      merged.take(runner, summary(5, dropped));
    }
    merged.end();
    expect(summaryOf(evidence)).toMatchObject({
      iterations: 10,
      shared: {
        as: 'TestRun',
        generators: [
          { sent: 6, droppedIterations: 3, aheadMs: -498.5 },
          { sent: 6, droppedIterations: 0, aheadMs: 1501.5 },
        ],
      },
    });
  });

  test('says that it begins when the last one is ready', () => {
    const { merged, evidence } = merge(2, shared);
    merged.take(1, 'cp1-options {}');
    expect(evidence).toEqual([]);
    merged.take(0, 'cp1-options {}');
    expect(evidence).toEqual(['cp1-options {}']);
  });

  test('keeps the books of the others when one died', () => {
    const { merged, evidence, told } = merge(2, shared);
    merged.take(0, 'cp1-options {}');
    merged.take(0, progress(5, 0));
    merged.take(0, summary(5, 0));
    merged.died(1, 'K6_EXIT_137');
    merged.end();
    expect(summaryOf(evidence)?.shared?.generators).toEqual([
      { sent: 5, droppedIterations: 0 },
      { sent: 0, droppedIterations: 0, died: 'K6_EXIT_137' },
    ]);
    expect(evidence).toContain('cp1-options {}');
    expect(told).toHaveLength(1);
  });
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
