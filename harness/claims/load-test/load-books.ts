/**
 * Double entry over one run of the Job: every iteration that was due began or was dropped, every request that k6 counted is
 * answered or failed, and those who were asked counted as many. Pure.
 */
import type { BooksReport } from '../../../reports/model/run-report.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import { createPhaseRecorder } from '../../traffic/phase-recorder.ts';
import { requests, whole } from '../../verdict/wording.ts';
import { type PlannedLoad, plannedLoad } from './k6/planned-load.ts';
import { countOf, type K6Summary } from './k6/summary.ts';

export interface LoadCounts {
  readonly planned: PlannedLoad;
  readonly sent: number;
  /** As k6's http_req_failed counts them: with a status that was not expected, or without one. */
  readonly failed: number;
  readonly iterations: number;
  readonly dropped: number;
  /** Requests that reached the receivers. */
  readonly reached: number;
  readonly lastedMs: number;
}

export function countsOf(summary: K6Summary, reached: number): LoadCounts {
  return {
    planned: plannedLoad(summary.options.scenarios),
    sent: countOf(summary, 'http_reqs'),
    failed: countOf(summary, 'http_req_failed', 'passes'),
    iterations: countOf(summary, 'iterations'),
    dropped: countOf(summary, 'dropped_iterations'),
    reached,
    lastedMs: summary.state.testRunDurationMs,
  };
}

/** k6 may begin one iteration less than a rate says, at its very end. */
const EDGE_ITERATIONS = 1;

/** Iterations that were due and of which nobody knows what became. */
export const unbegun = ({ planned, iterations, dropped }: LoadCounts): number =>
  planned.iterations === undefined
    ? 0
    : Math.max(0, Math.floor(planned.iterations) - EDGE_ITERATIONS - iterations - dropped);

interface BooksRequest {
  readonly id: string;
  readonly title: string;
  readonly service: string;
  readonly counts: LoadCounts;
  readonly summary: K6Summary;
  /** What the scenario of this tool wrote of each request; empty: another script. */
  readonly samples: readonly RequestSample[];
  readonly versionOf: (sample: RequestSample) => string | null;
}

export function loadBooks({ id, title, service, counts, summary, samples, versionOf }: BooksRequest): BooksReport {
  const { planned, sent, failed, reached, dropped, lastedMs } = counts;
  const recorder = createPhaseRecorder([], versionOf);
  for (const sample of samples) recorder.note(sample);
  const known = samples.length > 0;
  const perSecond = (count: number, ms: number) => (ms > 0 ? (count * 1000) / ms : 0);
  const problems: (readonly [code: string, sentence: string])[] = [];
  // k6 counts the requests of an iteration that it cut off, and such an iteration may have written its line or not
  if (known && (samples.length < counts.iterations || samples.length > sent))
    problems.push([
      'samples-lost',
      `k6 ran ${whole(counts.iterations)} iterations to their end and its log has a line for ${whole(samples.length)}: the log was cut short or rotated`,
    ]);
  if (reached > sent)
    problems.push([
      'receivers-counted-more',
      `${service} counted ${requests(reached)} where k6 sent ${whole(sent)}: somebody else asks it too, or a proxy tried again`,
    ]);
  return {
    ...{ id, title, sent, interrupted: 0, droppedIterations: dropped },
    answeredByArm: known ? [...recorder.counts.answeredByArm()] : [{ arm: service, count: sent - failed }],
    errors: known ? recorder.counts.errors : failed,
    unattributed: recorder.counts.unattributed,
    witnesses: [
      {
        name: 'receivers',
        count: reached,
        difference: reached - sent,
        explanation: reached === sent ? 'equal' : `${whole(failed)} of ${whole(sent)} failed, as k6 counts it`,
      },
      ...(known
        ? [
            {
              name: "the Job's log",
              count: samples.length,
              difference: samples.length - sent,
              explanation: samples.length === sent ? 'equal' : 'k6 cut iterations off, or lines are missing',
            },
          ]
        : []),
    ],
    generator: {
      // of a pod nobody measured it
      cpuShare: 0,
      vusMax: countOf(summary, 'vus', 'max'),
      vusAllocated: countOf(summary, 'vus_max', 'max'),
      offeredPerSecond: perSecond(planned.iterations ?? counts.iterations, planned.lastsMs || lastedMs),
      achievedPerSecond: perSecond(counts.iterations, planned.lastsMs || lastedMs),
    },
    outcome: problems.length === 0 ? 'passed' : 'invalid',
    problems: problems.map(([, sentence]) => sentence),
    ...(problems.length === 0 ? {} : { problemCodes: problems.map(([code]) => code) }),
  };
}
