/**
 * Ten million requests to a report: recorder, start order, judge and report writers, without the pipe in front and the
 * samples file beside them (those cost live time only; long-run.ts has them).
 *
 *   npm run bench -- ten-million [--requests 10000000]
 */

import { parseArgs } from 'node:util';
import { renderAll } from '../../reports/all-writers.ts';
import { assertSplitReport } from '../assert-split/assemble-report.ts';
import { seconds } from '../documents/figures.ts';
import type { LoadRunner } from '../ports/load.ts';
import { createCoin } from '../stats/calibration-study.ts';
import { runSplitPhase } from '../traffic/split-phase.ts';
import { ASSURANCE, type SplitArm } from '../verdict/split-judge.ts';

const { values } = parseArgs({ options: { requests: { type: 'string', default: '10000000' } } });
const requests = Number(values.requests);
const RATE_PER_SECOND = 2000;
const STARTED_AT = Date.UTC(2026, 0, 2);
const ARMS: readonly SplitArm[] = [
  { name: 'v1', share: 0.9 },
  { name: 'v2', share: 0.1 },
];

/** Nine of ten to v1; the canary takes five milliseconds longer. The load goes on after the verdict. */
const load: LoadRunner = {
  async run(_request, _argvPrefix, onSample) {
    const coin = createCoin(1);
    for (let sequence = 0; sequence < requests; sequence += 1) {
      const canary = coin.hit(0.1);
      const startMs = STARTED_AT + Math.floor((sequence / RATE_PER_SECOND) * 1000);
      const endMs = startMs + (canary ? 6 : 1) + (sequence % 1000) / 1000;
      const vu = 1 + (sequence % 350);
      onSample({ sequence, startMs, endMs, status: 200, errorCode: 0, vu, identity: canary ? 'v2' : 'v1' });
    }
    return {
      sent: requests,
      received: requests,
      droppedIterations: 0,
      interrupted: 0,
      vusMax: 9,
      vusAllocated: 350,
      generatorCpuSeconds: 1,
      wallMs: (requests / RATE_PER_SECOND) * 1000,
      stoppedEarly: false,
      optionsJson: '{}',
    };
  },
};

const began = performance.now();
const cpuBefore = process.cpuUsage();
const phase = await runSplitPhase(
  {
    id: 'direct',
    claimId: 'bench/split',
    title: 'split',
    path: 'direct',
    expectation: { arms: ARMS, ...ASSURANCE.default, lookEvery: 20 },
    load: {
      phase: 'direct',
      url: 'http://127.0.0.1/',
      headers: {},
      hosts: {},
      identify: { kind: 'header', name: 'x-version' },
      ratePerSecond: RATE_PER_SECOND,
      maxDurationMs: 86_400_000,
      preAllocatedVus: 350,
      requestTimeoutMs: 5000,
      newConnectionPerRequest: false,
    },
    argvPrefix: [],
    warmUpRequests: RATE_PER_SECOND,
    generatorCores: 2,
    armOf: ({ identity }) => identity,
  },
  {
    load,
    samples: { write: () => undefined },
    progress: {
      step: () => ({ update: () => undefined, done: () => undefined, fail: () => undefined }),
      note: () => undefined,
    },
    now: Date.now,
  },
  new AbortController().signal,
);
const report = assertSplitReport(
  {
    url: 'http://127.0.0.1/',
    target: { url: 'http://127.0.0.1/', headers: {} },
    hide: (text) => text,
    arms: ARMS,
    declared: { layer: 'git', source: '--expect v1=90,v2=10' },
    identify: { kind: 'header', name: 'x-version' },
    assurance: ASSURANCE.default,
    ratePerSecond: RATE_PER_SECOND,
    maxDurationMs: 86_400_000,
    requestTimeoutMs: 5000,
    method: 'GET',
    newConnectionPerRequest: false,
    argvPrefix: [],
    warmUpRequests: RATE_PER_SECOND,
    runsDirectory: '',
    command: ['ten-million'],
    reproduce: 'ten-million',
    host: { system: 'bench', cpus: 2, memoryBytes: 0 },
  },
  {
    id: 'bench',
    startedAt: STARTED_AT,
    loadStartedAt: STARTED_AT,
    finishedAt: STARTED_AT + phase.load.wallMs,
    interrupted: false,
    components: [],
    phase,
    judged: phase.split,
    files: [],
  },
);
const files = await renderAll(report);
const { user, system } = process.cpuUsage(cpuBefore);
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;
console.table({
  requests,
  outcome: report.outcome,
  'requests -> reports': `${seconds(performance.now() - began)}, ${((user + system) / 1e6).toFixed(1)} s CPU`,
  'report.html': megabytes(Buffer.byteLength(files.get('report.html') ?? '')),
  'result.json': megabytes(Buffer.byteLength(files.get('result.json') ?? '')),
  'resident memory, at most': `${(process.resourceUsage().maxRSS / 1000).toFixed(0)} MB`,
});
