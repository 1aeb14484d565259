/** A cluster that runs load without a cluster: its runners write lines, which are merged as those of real pods are. */
import { formatObservation } from '../../../scenarios/shared/evidence-line.ts';
import { EvidenceCollector } from '../../load/evidence/evidence-collector.ts';
import { RunnerMerge } from '../../load/in-cluster/merge-runners.ts';
import type { LoadRequest, LoadResult, LoadRunner } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';

export interface ClusterLoadOptions {
  /** By runner, milliseconds by which its clock is ahead. */
  readonly aheadMs?: readonly number[];
  /** By runner, milliseconds after which it begins to send; what was due before is sent late. */
  readonly beginsMs?: readonly number[];
  /** This runner ends with that code, and sends nothing. */
  readonly died?: { readonly runner: number; readonly code: string };
  /** Milliseconds until all are ready. */
  readonly readyMs?: number;
  /** Lines of one runner come together, so many at a time; default 1: in the order in which requests were due. */
  readonly batch?: number;
  readonly now: () => number;
}

const PER_SLOT = 16;

/** @param subject answers what the runners send; it knows of one generator */
export function clusterLoad(subject: (generators: number) => LoadRunner, options: ClusterLoadOptions): LoadRunner {
  return {
    async run(request, prefix, onSample, signal): Promise<LoadResult> {
      const of = request.sharedBy ?? 1;
      const startedAt = options.now();
      let clock = startedAt + (options.readyMs ?? 0);
      const collector = new EvidenceCollector(
        (sample) => {
          if (onSample(sample) === 'stop') stopped = true;
        },
        () => undefined,
        () => clock,
      );
      let stopped = false;
      const shared = request.sharedBy === undefined ? undefined : ({ as: 'TestRun', now: () => clock } as const);
      const merge = new RunnerMerge(
        of,
        { evidence: collector.takeLine, progress: () => undefined, log: () => undefined },
        shared,
      );
      for (let runner = 0; runner < of; runner += 1) merge.take(runner, 'cp1-options {}');
      const waiting = Array.from({ length: of }, (): string[] => []);
      const pass = (runner: number) => {
        for (const line of waiting[runner]!.splice(0)) merge.take(runner, line);
      };
      const told = await subject(of).run(
        request,
        prefix,
        (sample) => {
          const runner = Math.floor(sample.sequence / PER_SLOT) % of;
          if (options.died?.runner === runner) return 'continue';
          const sent = late(sample, options.beginsMs?.[runner] ?? 0);
          clock = Math.max(clock, startedAt + sent.endMs);
          waiting[runner]!.push(lineOf(sent, startedAt, options.aheadMs?.[runner] ?? 0));
          if (waiting[runner]!.length >= (options.batch ?? 1)) pass(runner);
          return stopped ? 'stop' : 'continue';
        },
        signal,
      );
      for (let runner = 0; runner < of; runner += 1) {
        pass(runner);
        if (options.died?.runner === runner) merge.died(runner, options.died.code);
        for (const line of booksOf((told.generators ?? [told])[runner]!)) merge.take(runner, line);
      }
      merge.end();
      return { ...told, ...sharedBooks(collector), readyAtMs: startedAt + (options.readyMs ?? 0) };
    },
  };
}

function late(sample: RequestSample, beginsMs: number): RequestSample {
  const lateMs = Math.max(0, beginsMs - sample.startMs);
  return { ...sample, endMs: sample.endMs + lateMs, identity: String(Number(sample.identity) + lateMs * 10) };
}

function lineOf(
  { sequence, startMs, endMs, status, errorCode, vu, identity }: RequestSample,
  atMs: number,
  ahead: number,
) {
  const scheduledMs = Math.floor(startMs);
  const durationUs = Math.round((endMs - scheduledMs) * 1000);
  return formatObservation(sequence, atMs + ahead + scheduledMs, durationUs, status, errorCode, vu, identity);
}

function booksOf({ sent, droppedIterations }: { readonly sent: number; readonly droppedIterations: number }) {
  const summary = { httpRequests: sent, iterations: sent, droppedIterations, vusMax: 1, vusAllocated: 1 };
  return [
    `cp1-summary ${JSON.stringify(summary)}`,
    `running (1s), 0/1 VUs, ${sent} complete and 0 interrupted iterations`,
  ];
}

function sharedBooks({ summary, received }: EvidenceCollector): Partial<LoadResult> {
  if (summary?.shared === undefined) return { received };
  return { received, sharedAs: summary.shared.as, generators: summary.shared.generators };
}

/** The requests that it got. */
export function recorded(load: LoadRunner): LoadRunner & { readonly requests: LoadRequest[] } {
  const requests: LoadRequest[] = [];
  return {
    requests,
    run(request, ...rest) {
      requests.push(request);
      return load.run(request, ...rest);
    },
  };
}
