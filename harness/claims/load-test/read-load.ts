/** What k6 counted and wrote of one run of the Job, beside what the receivers counted. */
import type { BooksReport, FindingReport } from '../../../reports/model/run-report.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { claimFinding } from '../../lint/claim-finding.ts';
import { parseEvidenceLine } from '../../load/evidence/evidence-line.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import type { Scene } from '../../scene/scene.ts';
import { versionReader } from '../../traffic/traffic-path.ts';
import type { JobEnd } from './job-end.ts';
import { type K6Summary, readSummary } from './k6/summary.ts';
import { SUMMARY_HINT } from './lint.ts';
import { countsOf, type LoadCounts, loadBooks } from './load-books.ts';
import type { LoadTestClaim } from './load-test-claim.ts';
import type { JobRun } from './run-job.ts';

export interface FinishedLoad {
  readonly exitCode: number;
  readonly isFailed: boolean;
  /** Unix milliseconds, by the kubelet's clock, whole seconds. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly summary: K6Summary;
  readonly counts: LoadCounts;
  readonly books: BooksReport;
  readonly differences: readonly string[];
}

interface Ended {
  readonly claim: LoadTestClaim;
  readonly name: string;
  readonly run: JobRun;
  readonly end: Extract<JobEnd, { kind: 'ran' }>;
  /** Requests that the receivers counted. */
  readonly reached: number;
}

/**
 * @returns LOAD_TEST_NO_SUMMARY, which is the script's own fault
 * @throws HarnessError LOAD_TEST_SUMMARY_CUT: the log is damaged
 */
export function readLoad(
  { claim, name, run, end, reached }: Ended,
  scene: Scene,
): FinishedLoad | { readonly finding: FindingReport } {
  const read = readSummary(run.log);
  if ('problem' in read) {
    if (read.problem === 'cut')
      throw environmentError('LOAD_TEST_SUMMARY_CUT', `k6's summary in the log is not whole: ${read.words}`, {
        where: claim.id,
        hint: 'The log was cut short or rotated; run it again, or let the script write less.',
      });
    const sentence =
      read.problem === 'missing'
        ? `k6 ended with exit code ${end.exitCode}, and its log holds no summary: ${read.words}`
        : `the summary in k6's log is not what k6 hands to handleSummary: ${read.words}`;
    return {
      finding: { ...claimFinding('LOAD_TEST_NO_SUMMARY', sentence, claim.id), layer: 'observed', hint: SUMMARY_HINT },
    };
  }
  const { summary } = read;
  const id = `${claim.id.replaceAll('/', '-')}-${name}`;
  const counts = countsOf(summary, reached);
  const samples = keptSamples(run.log, id, scene);
  const versionOf = versionReader(claim.service, scene.profile.load.identify);
  const title = `${claim.title}: ${name}`;
  const books = loadBooks({ id, title, service: claim.service, counts, summary, samples, versionOf });
  const { exitCode, isFailed, fromMs, untilMs } = end;
  return { exitCode, isFailed, fromMs, untilMs, summary, counts, books, differences: run.differences };
}

/** Of the scenario of this tool, whose lines are those of any other load; nothing of another script. */
function keptSamples(log: string, id: string, { evidence }: Scene): readonly RequestSample[] {
  const samples = log.split('\n').flatMap((line) => {
    const read = parseEvidenceLine(line);
    return read.kind === 'sample' ? [read.sample] : [];
  });
  if (samples.length === 0) return samples;
  const file = evidence.createSamples(`samples-${id}.jsonl.gz`);
  for (const sample of samples) file.write(sample);
  return samples;
}
