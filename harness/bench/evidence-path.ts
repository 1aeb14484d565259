/**
 * What live evidence costs: CPU of k6 per request with evidence against the same load without, interleaved.
 *
 *   CANARYPROOF_K6=... npm run bench -- evidence-path [--candidates] [--rate 2000] [--seconds 6] [--repeat 5]
 *
 * Compare ratios, not seconds: other work on the machine changes what a second of CPU is worth. Medians over
 * repetitions; the ratio is the median of the ratios to the bare run of the same repetition.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { preAllocatedVus } from '../load/k6/pre-allocated-vus.ts';
import { programFrom, startListening } from './child-program.ts';
import { type Cost, measure, type Way } from './k6-variant.ts';

const { values } = parseArgs({
  options: {
    candidates: { type: 'boolean', default: false },
    rate: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '6' },
    repeat: { type: 'string', default: '5' },
  },
});
const ratePerSecond = Number(values.rate);
const seconds = Number(values.seconds);
const ways: readonly Way[] = values.candidates
  ? ['bare', 'bare-same-gc', 'pipe', 'stderr', 'file', 'json']
  : ['bare', 'bare-same-gc', 'pipe'];

const k6Path = await programFrom('CANARYPROOF_K6', 'k6');
const server = await startListening([
  process.execPath,
  fileURLToPath(new URL('./answering-server.ts', import.meta.url)),
]);
const costs: Cost[] = [];
try {
  for (let repetition = 0; repetition < Number(values.repeat); repetition += 1) {
    // Every other repetition backwards, so that a slow drift of the machine favours nobody.
    for (const way of repetition % 2 === 0 ? ways : ways.toReversed()) {
      const cost = await measure(way, k6Path, {
        phase: way,
        url: `http://127.0.0.1:${server.port}/`,
        headers: {},
        hosts: {},
        identify: { kind: 'header', name: 'x-version' },
        ratePerSecond,
        maxDurationMs: seconds * 1000,
        preAllocatedVus: preAllocatedVus({ ratePerSecond, usualMaxMs: 20 }),
        requestTimeoutMs: 5000,
        newConnectionPerRequest: false,
      });
      costs.push(cost);
      console.error(
        `${repetition + 1} ${way}: ${cost.requests} requests, ${cost.lines} lines, k6 ${cost.k6CpuSeconds.toFixed(2)} s CPU, ${(cost.k6SteadyCpuSeconds * 1e6).toFixed(0)} us/request`,
      );
    }
  }
} finally {
  await server.stop();
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
const ratios = (own: readonly Cost[], of: (cost: Cost) => number): string => {
  const reference = costs.filter(({ way }) => way === 'bare');
  const all = own.map((cost, index) => of(cost) / of(reference[index]!));
  return `${median(all).toFixed(3)} (${Math.min(...all).toFixed(2)}-${Math.max(...all).toFixed(2)})`;
};
const whole = (cost: Cost): number => cost.k6CpuSeconds / cost.requests;
const steady = (cost: Cost): number => cost.k6SteadyCpuSeconds;
const table = ways.map((way) => {
  const own = costs.filter((cost) => cost.way === way);
  return {
    way,
    'k6 CPU s/1000': (median(own.map(steady)) * 1000).toFixed(4),
    'ratio to bare': ratios(own, steady),
    'to bare, with start-up': ratios(own, whole),
    'reader CPU us/request': (median(own.map((cost) => cost.readerCpuSeconds / cost.requests)) * 1e6).toFixed(1),
    'requests/s': median(own.map(({ requests }) => requests / seconds)).toFixed(0),
    dropped: own.reduce((sum, cost) => sum + cost.droppedIterations, 0),
    'lines lost': ['bare', 'bare-same-gc', 'json'].includes(way)
      ? '-'
      : own.reduce((sum, cost) => sum + cost.requests - cost.lines, 0),
  };
});
console.table(table);
