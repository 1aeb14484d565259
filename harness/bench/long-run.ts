/**
 * A long run through the whole of `assert-split` but k6: evidence through the named pipe, books, start order, verdict,
 * samples file, reports. Resident memory on the way, time and size of the report.
 *
 *   npm run bench -- long-run [--requests 10000000] [--rate 2000]
 */

import { mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { renderAll } from '../../reports/all-writers.ts';
import { assertSplit } from '../assert-split/assert-split.ts';
import { seconds } from '../documents/figures.ts';
import { createK6Runner } from '../load/k6/k6-runner.ts';
import { startProgram } from '../load/k6/start-program.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { remakeReport } from '../run-directory/remake-report.ts';
import { ASSURANCE } from '../verdict/split-judge.ts';

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '10000000' }, rate: { type: 'string', default: '2000' } },
});
const requests = Number(values.requests);
const ratePerSecond = Number(values.rate);
const MARKS = [100_000, 1_000_000, 10_000_000];
const NEVER_MS = 3_600_000;
const flood = fileURLToPath(new URL('./evidence-flood.ts', import.meta.url));
const directory = await mkdtemp(path.join(tmpdir(), 'canaryproof-bench-'));

/** The time that the evidence tells: hours pass in seconds. */
let clockMs = Date.now();
let received = 0;
const memory: Record<string, string> = {};
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
const since = (beganMs: number): string => seconds(performance.now() - beganMs);
const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const silent = {
  step: () => ({ update: () => undefined, done: () => undefined, fail: () => undefined }),
  note: () => undefined,
};

try {
  memory['before the load'] = megabytes(process.memoryUsage.rss());
  let loadBegan = performance.now();
  let loadEnded = 0;
  let cpuAtStart = 0;
  let cpuAtEnd = 0;
  const product = await assertSplit(
    {
      url: 'http://127.0.0.1/',
      target: { url: 'http://127.0.0.1/', headers: {} },
      hide: (text) => text,
      arms: [
        { name: 'reviews;v1', share: 0.9 },
        { name: 'reviews;v2', share: 0.1 },
      ],
      declared: { layer: 'git', source: '--expect reviews;v1=90,reviews;v2=10' },
      identify: { kind: 'header', name: 'x-version' },
      assurance: ASSURANCE.default,
      ratePerSecond,
      maxDurationMs: NEVER_MS,
      requestTimeoutMs: 5000,
      method: 'GET',
      newConnectionPerRequest: false,
      argvPrefix: [],
      warmUpRequests: ratePerSecond,
      runsDirectory: directory,
      command: ['long-run'],
      reproduce: 'long-run',
      host: { system: 'bench', cpus: 2, memoryBytes: 0 },
    },
    {
      probe: async () => ({ status: 200, headers: { 'x-version': 'reviews;v1' }, body: '', durationMs: 1 }),
      prepareGenerator: async () => ({
        component: { name: 'k6', version: 'none', origin: 'the flood in its place' },
        createRunner(logDirectory) {
          const runner = createK6Runner({
            k6Path: process.execPath,
            logDirectory,
            environment: process.env,
            stopBoundMs: NEVER_MS,
            now: () => clockMs,
            startProgram: ([, ...args], environment) =>
              startProgram(
                [process.execPath, flood, String(requests), String(ratePerSecond), String(clockMs), ...args],
                environment,
              ),
          });
          return {
            async run(request, argvPrefix, onSample, signal) {
              loadBegan = performance.now();
              cpuAtStart = cpuSeconds();
              const result = await runner.run(
                request,
                argvPrefix,
                (sample) => {
                  clockMs = sample.endMs;
                  received += 1;
                  if (MARKS.includes(received))
                    memory[`after ${received.toLocaleString('en-GB')} requests`] = megabytes(process.memoryUsage.rss());
                  return onSample(sample);
                },
                signal,
              );
              loadEnded = performance.now();
              cpuAtEnd = cpuSeconds();
              return result;
            },
          };
        },
      }),
      planVus: () => 350,
      render: renderAll,
      progress: silent,
      ownComponent: { name: 'canaryproof', version: 'bench', origin: 'this package' },
      now: () => clockMs,
    },
    new AbortController().signal,
  );
  const reportTook = since(loadEnded);
  const reportCpu = cpuSeconds() - cpuAtEnd;
  const size = async (name: string): Promise<number> => (await stat(path.join(product.directory, name))).size;
  const remakeBegan = performance.now();
  const cpuBeforeRemake = cpuSeconds();
  await remakeReport(product.directory, { render: renderAll, checkEvidence: true });
  console.table({
    requests: received,
    outcome: `${product.report.outcome} ${product.report.books[0]?.problemCodes?.join(', ') ?? ''}`,
    'booked requests': product.report.books[0]?.sent,
    'evidence taken in': `${seconds(loadEnded - loadBegan)}, ${(cpuAtEnd - cpuAtStart).toFixed(1)} s CPU`,
    'harness CPU us/request': (((cpuAtEnd - cpuAtStart) / received) * 1e6).toFixed(2),
    'last request -> all reports': `${reportTook}, ${reportCpu.toFixed(1)} s CPU`,
    'remade from the run directory, evidence checked': `${since(remakeBegan)}, ${(cpuSeconds() - cpuBeforeRemake).toFixed(1)} s CPU`,
    'report.html': megabytes2(await size('report.html')),
    'result.json': megabytes2(await size('result.json')),
    'samples file': megabytes(await size('samples-direct.jsonl.gz')),
  });
  console.table({ ...memory, 'at most, reports included': megabytes(process.resourceUsage().maxRSS * 1024) });
} finally {
  await removeOwnTree(directory);
}

function megabytes2(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
