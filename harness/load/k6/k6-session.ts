/** One k6 process from start to end: evidence in, stop on demand, books at the end. */
import type { Readable } from 'node:stream';
import { environmentError } from '../../errors/harness-error.ts';
import type { LoadRequest, LoadResult } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import { EvidenceCollector, type EvidenceProblems } from '../evidence/evidence-collector.ts';
import type { EvidencePipe } from '../evidence/evidence-pipe.ts';
import { LineSplitter } from '../evidence/line-splitter.ts';
import { CpuWindow } from './cpu-window.ts';
import { GeneratorLog } from './generator-log.ts';
import { balanceBooks, type IterationCounts, parseProgressLine } from './k6-books.ts';
import { LOAD_LIMIT_VARIABLE, LOAD_SHARED_VARIABLE } from './k6-command.ts';
import { k6Failure } from './k6-failure.ts';
import { type ProgramEnd, type StartProgram, sendSignal } from './start-program.ts';
import { StopOrder } from './stop-order.ts';

/** For starting k6, its VUs and the books, on a busy machine; after that it hangs. */
const START_ALLOWANCE_MS = 120_000;

export interface SessionOptions {
  readonly request: LoadRequest;
  readonly argv: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly k6Path: string;
  readonly k6RealPath: string;
  readonly logFile: string;
  readonly pipe: EvidencePipe;
  readonly stopBoundMs: number;
  readonly startProgram: StartProgram;
  readonly now: () => number;
  readonly onSample: (sample: RequestSample) => 'continue' | 'stop';
  /** Takes the user's secrets out of k6's words. */
  readonly hide?: (text: string) => string;
  readonly signal: AbortSignal;
}

export type SessionResult = LoadResult & { readonly evidence: EvidenceProblems };

export async function runSession(session: SessionOptions): Promise<SessionResult> {
  const log = new GeneratorLog(session.logFile, session.hide);
  const { maxDurationMs, requestTimeoutMs, sharedBy } = session.request;
  const limitMs = maxDurationMs + requestTimeoutMs + START_ALLOWANCE_MS;
  const environment = {
    ...session.environment,
    [LOAD_LIMIT_VARIABLE]: String(limitMs),
    ...(sharedBy === undefined ? {} : { [LOAD_SHARED_VARIABLE]: String(sharedBy) }),
  };
  const program = session.startProgram(session.argv, environment);
  const cpu = program.pid === undefined ? undefined : new CpuWindow(program.pid, session.k6RealPath);
  const stop = new StopOrder(session.stopBoundMs, (name) => {
    if (program.pid === undefined) return;
    // A generator of another user (sudo) is reached through the prefix program, which passes signals on.
    if (!sendSignal(cpu!.pid, name)) sendSignal(program.pid, name);
    if (name === 'SIGKILL') sendSignal(program.pid, name);
  });

  let consumerError: { readonly cause: unknown } | undefined;
  const collector = new EvidenceCollector(
    (sample) => {
      if (consumerError) return;
      try {
        if (session.onSample(sample) === 'stop') stop.give('verdict');
      } catch (cause) {
        consumerError = { cause };
        stop.give('verdict');
      }
    },
    (text) => log.add(`request failed with k6 error ${text}`),
    session.now,
  );
  const evidence = new LineSplitter(collector.takeLine, 'latin1');
  session.pipe.start((bytes) => {
    evidence.push(bytes);
    cpu?.read();
  });
  let iterations: IterationCounts | undefined;
  readLines(program.stdout, (line) => {
    iterations = parseProgressLine(line) ?? iterations;
  });
  readLines(program.stderr, (line) => {
    if (line !== '') log.add(line);
  });

  const onAbort = (): void => stop.give('signal');
  if (session.signal.aborted) onAbort();
  session.signal.addEventListener('abort', onAbort, { once: true });
  const watchdog = setTimeout(() => stop.give('hung'), limitMs);
  let end: ProgramEnd;
  try {
    end = await program.ended;
    session.pipe.drain();
    evidence.end();
  } finally {
    clearTimeout(watchdog);
    stop.clear();
    session.signal.removeEventListener('abort', onAbort);
    log.close();
  }
  if (consumerError) throw consumerError.cause;
  throwOnFailure(session, end, stop, log);

  const { summary, optionsJson, readyAtMs, clockOffsetMs } = collector;
  const neverBegan = stop.given && collector.received === 0;
  if ((summary === undefined || iterations === undefined || optionsJson === undefined) && !neverBegan)
    throw environmentError('K6_BOOKS_MISSING', `k6 ended without its own counts\n${log.tail()}`, {
      where: session.logFile,
      hint: 'This k6 may be a version that canaryproof does not know; use the pinned one.',
    });
  return {
    ...balanceBooks(iterations ?? { complete: 0, interrupted: 0 }, collector.received),
    droppedIterations: summary?.droppedIterations ?? 0,
    vusMax: Math.max(summary?.vusMax ?? 0, collector.mostInFlight),
    vusAllocated: summary?.vusAllocated ?? 0,
    generatorCpuSeconds: cpu?.seconds ?? 0,
    wallMs: collector.wallMs,
    stoppedEarly: stop.given,
    ...(clockOffsetMs === undefined ? {} : { clockOffsetMs }),
    ...(readyAtMs === undefined ? {} : { readyAtMs }),
    ...(summary?.shared === undefined ? {} : { sharedAs: summary.shared.as, generators: summary.shared.generators }),
    optionsJson: optionsJson ?? '{}',
    evidence: collector.problems(evidence.counts),
  };
}

function throwOnFailure(session: SessionOptions, end: ProgramEnd, stop: StopOrder, log: GeneratorLog): void {
  const where = { where: session.logFile };
  if (stop.reason === 'hung')
    throw environmentError('LOAD_GENERATOR_HUNG', `k6 did not end in time\n${log.tail()}`, where);
  if (stop.killed)
    throw environmentError('LOAD_GENERATOR_HUNG', `k6 did not end ${session.stopBoundMs} ms after an interrupt`, where);
  // Before k6 listens to signals an interrupt just ends it: nothing was sent yet.
  if (stop.given && end.signal === 'SIGINT') return;
  const failure = k6Failure({
    end,
    stoppedByUs: stop.given,
    k6Path: session.k6Path,
    logFile: session.logFile,
    logTail: log.tail(),
  });
  if (failure) throw failure;
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  const lines = new LineSplitter(onLine);
  stream.on('data', (bytes: Buffer) => lines.push(bytes));
  // The last line may lack its newline.
  stream.on('end', () => lines.push(Buffer.from('\n')));
  // The stream's own errors come with the end of the program.
  stream.on('error', () => undefined);
}
