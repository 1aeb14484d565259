/** Double-entry books for tests, taken from a split so that both count the same requests. */
import type { BooksReport, SplitReport } from '../run-report.ts';

export function sampleBooks(split: SplitReport, saturated: boolean): BooksReport {
  const lost = saturated ? 1_312 : 0;
  const dropped = saturated ? 4_870 : 0;
  return {
    id: `books-${split.path}`,
    title: `${split.path} load phase`,
    sent: split.samples + 12 + lost,
    answeredByArm: split.arms.map(({ name, count }) => ({ arm: name, count })),
    errors: 0,
    unattributed: 0,
    interrupted: 12,
    droppedIterations: dropped,
    witnesses: [
      {
        name: 'Envoy istio_requests_total',
        count: split.samples + 9 + lost,
        difference: 9 + lost,
        explanation: saturated
          ? 'beyond the 12 requests that were in flight when the load stopped'
          : 'within the 12 requests that were in flight when the load stopped',
      },
      { name: 'workload /metrics', count: split.samples, difference: 0, explanation: 'equal' },
    ],
    generator: {
      cpuShare: saturated ? 1.93 : 0.41,
      vusMax: saturated ? 200 : 64,
      vusAllocated: saturated ? 200 : 120,
      offeredPerSecond: split.requestsPerSecond,
      achievedPerSecond: saturated ? split.requestsPerSecond * 0.74 : split.requestsPerSecond - 0.4,
    },
    outcome: saturated ? 'invalid' : 'passed',
    problems: saturated
      ? [
          '4870 iterations were dropped: the generator could not keep the arrival rate.',
          'All 200 VUs were in use: the generator was saturated.',
          'Books do not balance: 1312 requests sent were neither answered, failed nor interrupted.',
        ]
      : [],
  };
}
