/**
 * The whole load path: k6 -> Envoy (90/10) -> two stand-in workloads, with live evidence, on one machine.
 *
 *   CANARYPROOF_K6=... CANARYPROOF_ENVOY=... npm run bench -- load-path [--rate 2000] [--seconds 10]
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createK6Runner } from '../load/k6/k6-runner.ts';
import { preAllocatedVus } from '../load/k6/pre-allocated-vus.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { programFrom, startListening } from './child-program.ts';
import { startSplitProxy } from './split-proxy.ts';

const { values } = parseArgs({
  options: { rate: { type: 'string', default: '2000' }, seconds: { type: 'string', default: '10' } },
});
const ratePerSecond = Number(values.rate);
const seconds = Number(values.seconds);
const k6Path = await programFrom('CANARYPROOF_K6', 'k6');
const envoyPath = await programFrom('CANARYPROOF_ENVOY', 'envoy');

const workload = fileURLToPath(new URL('../../k8s/workload/main.ts', import.meta.url));
const startVersion = (version: string) =>
  startListening([process.execPath, workload], {
    SERVICE: 'reviews',
    VERSION: version,
    PORT: '0',
    ADMIN: 'off',
    LISTEN_ADDRESS: '127.0.0.1',
  });

const stable = await startVersion('v1');
const canary = await startVersion('v3');
const proxy = await startSplitProxy(envoyPath, [
  { name: 'v1', port: stable.port, weight: 90 },
  { name: 'v3', port: canary.port, weight: 10 },
]);
const logDirectory = await mkdtemp(path.join(tmpdir(), 'canaryproof-bench-'));
try {
  const counts: Record<string, number> = {};
  const durations: number[] = [];
  let notOk = 0;
  let oldestMs = 0;
  const cpuBefore = process.cpuUsage();
  const result = await createK6Runner({ k6Path, logDirectory, environment: process.env }).run(
    {
      phase: 'load-path',
      url: `http://127.0.0.1:${proxy.port}/reviews/0`,
      headers: {},
      hosts: {},
      identify: { kind: 'header', name: 'x-canaryproof-version' },
      ratePerSecond,
      maxDurationMs: seconds * 1000,
      preAllocatedVus: preAllocatedVus({ ratePerSecond, usualMaxMs: 50 }),
      requestTimeoutMs: 5000,
      newConnectionPerRequest: false,
    },
    [],
    (sample) => {
      counts[sample.identity] = (counts[sample.identity] ?? 0) + 1;
      durations.push(sample.endMs - sample.startMs);
      if (sample.status !== 200) notOk += 1;
      oldestMs = Math.max(oldestMs, Date.now() - sample.endMs);
      return 'continue';
    },
    new AbortController().signal,
  );
  const { user, system } = process.cpuUsage(cpuBefore);
  durations.sort((a, b) => a - b);
  const quantile = (share: number): string => `${durations[Math.floor(share * (durations.length - 1))]?.toFixed(2)} ms`;
  console.table({
    'offered requests/s': ratePerSecond,
    'achieved requests/s': Math.round(result.received / (result.wallMs / 1000)),
    sent: result.sent,
    received: result.received,
    interrupted: result.interrupted,
    'dropped iterations': result.droppedIterations,
    'not 200': notOk,
    'evidence problems': Object.values(result.evidence).reduce((sum, count) => sum + count, 0),
    split: Object.entries(counts)
      .map(([arm, count]) => `${arm || '(none)'}=${count} (${((100 * count) / result.received).toFixed(2)} %)`)
      .join(' '),
    'split by Envoy': JSON.stringify(await proxy.requestsByUpstream()),
    'p50 / p99': `${quantile(0.5)} / ${quantile(0.99)}`,
    'evidence at most behind': `${oldestMs.toFixed(0)} ms`,
    'VUs in flight / allocated': `${result.vusMax} / ${result.vusAllocated}`,
    'k6 CPU share': (result.generatorCpuSeconds / (result.wallMs / 1000)).toFixed(2),
    'k6 CPU us/request': ((result.generatorCpuSeconds / result.received) * 1e6).toFixed(0),
    'harness CPU us/request': ((user + system) / result.received).toFixed(1),
  });
} finally {
  await Promise.all([proxy.stop(), stable.stop(), canary.stop()]);
  await removeOwnTree(logDirectory);
}
