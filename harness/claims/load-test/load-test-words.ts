/** What a load test came to, in words. Pure. */
import type { ClaimReport, FindingReport } from '../../../reports/model/run-report.ts';
import { seconds } from '../../documents/figures.ts';
import { requests, whole } from '../../verdict/wording.ts';
import type { DeclaredJob } from './declared-job.ts';
import { checksOf } from './k6/summary.ts';
import { type Threshold, thresholdWords } from './k6/thresholds.ts';
import type { LoadTestClaim } from './load-test-claim.ts';
import type { FinishedLoad } from './read-load.ts';
import { scriptDigest } from './run-job.ts';

export type Details = ClaimReport['details'];

export function detailsOf(
  { service }: LoadTestClaim,
  job: DeclaredJob,
  load: FinishedLoad,
  thresholds: readonly Threshold[],
): Details {
  const { counts, books, exitCode, isFailed, summary } = load;
  const checks = checksOf(summary);
  return [
    {
      label: 'Job',
      value: `${job.namespace}/${job.name}: ${isFailed ? 'Failed' : 'Complete'}, exit code ${exitCode} of k6`,
    },
    { label: 'script', value: `sha256 ${scriptDigest(job)}` },
    {
      label: 'load',
      value: `${whole(counts.iterations)} iterations in ${seconds(counts.lastedMs)}${counts.planned.iterations === undefined ? '' : ` of ${whole(counts.planned.iterations)} declared`}, ${whole(counts.dropped)} dropped`,
    },
    { label: 'requests', value: `${whole(counts.sent)}, ${whole(counts.failed)} failed` },
    { label: `reached ${service}`, value: whole(counts.reached) },
    ...books.answeredByArm.map(({ arm, count }) => ({ label: `answered by ${arm}`, value: whole(count) })),
    ...thresholds.map((one) => ({
      label: 'threshold',
      value: `${thresholdWords(one)}: ${one.isKept ? 'kept' : 'not kept'}`,
    })),
    ...checks.map(({ path, passes, fails }) => ({
      label: 'check',
      value: `${path.replace(/^::/, '')}: ${whole(passes)} passed, ${whole(fails)} failed`,
    })),
  ];
}

/** The first is what the claim fails with; the rest follows. */
export function sentenceOf(findings: readonly FindingReport[]): string {
  if (findings.length === 0) return 'The load cannot be judged.';
  const text = `${findings.map(({ sentence }) => sentence).join('; ')}.`;
  return text.replace(/^(?!k6)./, (first) => first.toUpperCase());
}

export function passedSentence(
  { service }: LoadTestClaim,
  { name }: DeclaredJob,
  { counts }: FinishedLoad,
  thresholds: readonly Threshold[],
  failing: readonly Threshold[],
): string {
  const { sent, reached, lastedMs } = counts;
  return `The Job ${name} sent ${requests(sent)} in ${seconds(lastedMs)} as Git declares, ${service} counted ${whole(reached)}, and k6 kept ${thresholds.map(thresholdWords).join(' and ')}; while every answer was an error it failed, as it must, by ${failing.map(thresholdWords).join(' and ')}.`;
}
