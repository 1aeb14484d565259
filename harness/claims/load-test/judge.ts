/**
 * Claim kind `load-test`: the Job that Git declares runs on the cluster, and what k6 says of its load is held against what the
 * receivers counted. Then it runs once more while every answer is an error, and late: a load test that does not fail then
 * never will.
 */
import type { BooksReport, FindingReport } from '../../../reports/model/run-report.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { claimFinding } from '../../lint/claim-finding.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import type { BehaviourChange } from '../../stage/inject-behaviour.ts';
import { openReceivers, type Receivers } from '../../stage/receivers.ts';
import { onEvidence } from '../../verdict/combine.ts';
import { firstUnhealthy } from '../../verdict/environment-health.ts';
import type { Outcome } from '../../verdict/outcome.ts';
import { type DeclaredJob, readJob } from './declared-job.ts';
import { type Threshold, thresholdsOf, thresholdWords } from './k6/thresholds.ts';
import type { LoadTestClaim } from './load-test-claim.ts';
import { cannotFailFindings, runFindings } from './load-test-findings.ts';
import { type Details, detailsOf, passedSentence, sentenceOf } from './load-test-words.ts';
import { type FinishedLoad, readLoad } from './read-load.ts';
import { runJob } from './run-job.ts';

/** An answer is never held back longer, so that clients do not give up. */
const LONGEST_HELD_MS = 2_000;
/** Beyond the limit of a threshold: a quarter and a little. */
const beyond = (limitMs: number): number => Math.ceil(limitMs * 1.25) + 50;

/**
 * @throws HarnessError LOAD_TEST_NOT_SCHEDULED, LOAD_TEST_NOT_STARTED, LOAD_TEST_EVICTED, LOAD_TEST_POD_DELETED,
 *   LOAD_TEST_JOB_GONE, LOAD_TEST_STOPPED, LOAD_TEST_KILLED, LOAD_TEST_LOG_LOST, LOAD_TEST_SUMMARY_CUT, RECEIVER_MISSING,
 *   RECEIVER_CHANGED (exit 3); the scene's reason
 */
export async function judgeLoadTest(claim: LoadTestClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const result = (
    outcome: Outcome,
    sentence: string,
    rest: Partial<ClaimResult> = {},
    details: Details = [],
  ): ClaimResult => ({
    ...rest,
    claim: {
      id: claim.id,
      title: claim.title,
      outcome,
      sentence,
      details: [...details],
      durationMs: scene.now() - startedAt,
    },
  });
  const { job, problem } = readJob(claim, scene.source.manifests);
  if (problem) return result('failed', `The Job cannot be run: ${problem.sentence}.`, { findings: [problem] });
  await using receivers = await openReceivers(claim.receiver, scene);

  const first = await loadOnce({ claim, job, receivers, name: 'declared', behaviour: {} }, scene);
  if ('finding' in first) return result('failed', sentenceOf([first.finding]), { findings: [first.finding] });
  const wrong = runFindings(claim, first);
  const thresholds = thresholdsOf(first.summary.metrics);
  const details = detailsOf(claim, job, first, thresholds);
  if (wrong.length > 0 || first.books.outcome === 'invalid') {
    const books = withUnhealthy(first, wrong, scene);
    const outcome = onEvidence('failed', books.outcome);
    // of bad evidence nobody is blamed
    const findings = outcome === 'invalid' ? [] : wrong;
    return result(outcome, sentenceOf(wrong), { books: [books], findings }, details);
  }

  const held = heldMs(thresholds);
  const behaviour = { errorShare: 1, errorStatus: 500, latencyMs: held };
  const second = await loadOnce({ claim, job, receivers, name: 'all-errors', behaviour }, scene);
  if ('finding' in second)
    return result(
      'inconclusive',
      `While every answer was an error, ${second.finding.sentence}.`,
      { books: [first.books], findings: [second.finding] },
      details,
    );
  const books = [first.books, second.books];
  if (second.counts.reached === 0)
    return result(
      'inconclusive',
      'While every answer was to be an error, no request came to show it.',
      { books },
      details,
    );
  const unable = cannotFailFindings(claim, second, held);
  const failing = thresholdsOf(second.summary.metrics).filter(({ isKept }) => !isKept);
  if (unable.length > 0) {
    const outcome = onEvidence('failed', second.books.outcome);
    const findings = outcome === 'invalid' ? [] : unable;
    return result(outcome, sentenceOf(unable), { books, findings }, details);
  }
  return result(
    onEvidence('passed', second.books.outcome),
    passedSentence(claim, job, first, thresholds, failing),
    { books },
    [
      ...details,
      { label: 'while every answer is an error', value: `the Job fails: ${failing.map(thresholdWords).join(', ')}` },
    ],
  );
}

interface OneRun {
  readonly claim: LoadTestClaim;
  readonly job: DeclaredJob;
  readonly receivers: Receivers;
  readonly name: string;
  readonly behaviour: BehaviourChange;
}

/** @returns the subject's own fault, where the load did not come to an end that can be judged */
async function loadOnce(
  { claim, job, receivers, name, behaviour }: OneRun,
  scene: Scene,
): Promise<FinishedLoad | { readonly finding: FindingReport }> {
  const step = scene.progress.step(`${claim.id}: the Job ${job.name}, ${name}`);
  try {
    await receivers.behave(behaviour);
    const run = await runJob(job, claim.endsWithinMs, scene);
    const { requests: reached } = await receivers.counts();
    const { end } = run;
    if (end.kind === 'broken') {
      const sentence = `the Job ${job.name} came to no end: ${end.sentence}${lastWords(run.log)}`;
      if (end.whose === 'environment')
        throw environmentError(end.code, sentence, { where: `${job.namespace}/${job.name}`, hint: end.hint });
      step.fail(end.code);
      return { finding: { ...claimFinding(end.code, sentence, claim.id), layer: 'observed', hint: end.hint } };
    }
    const read = readLoad({ claim, name, run, end, reached }, scene);
    step.done(`exit code ${end.exitCode}`);
    return read;
  } catch (error) {
    step.fail(error instanceof Error ? error.message : String(error));
    throw error;
  }
}

/** What k6 or the script said last. */
function lastWords(log: string): string {
  const line = log.split('\n').findLast((text) => /\S/.test(text) && !/^(running|traffic|cp1)/.test(text.trim()));
  return line === undefined ? '' : `; it said last: ${line.trim().slice(0, 300)}`;
}

/** So late that every upper limit on a duration is broken, as far as clients can be made to wait. */
function heldMs(thresholds: readonly Threshold[]): number {
  const limits = thresholds.flatMap(({ longestMs }) => longestMs ?? []).map(beyond);
  return Math.max(0, ...limits.filter((ms) => ms <= LONGEST_HELD_MS));
}

/** What follows from how clients were served; the rest is so whatever the environment does. */
const OF_THE_TRAFFIC: ReadonlySet<string> = new Set([
  'LOAD_TEST_THRESHOLD_CROSSED',
  'LOAD_TEST_FAILURE_HIDDEN',
  'LOAD_TEST_LOAD_NOT_REACHED',
  'LOAD_TEST_CHECK_FAILED',
]);

/** What was wrong while even a service that nothing touches could not be reached says nothing of the subject. */
function withUnhealthy(
  { books, fromMs, untilMs }: FinishedLoad,
  findings: readonly FindingReport[],
  { environment }: Scene,
): BooksReport {
  const unhealthy = firstUnhealthy(fromMs, untilMs, environment);
  if (!unhealthy || !findings.every(({ code }) => OF_THE_TRAFFIC.has(code))) return books;
  const why = `the environment could not answer meanwhile (${unhealthy.why}): run again on a quieter machine`;
  return {
    ...books,
    outcome: 'invalid',
    problems: [...books.problems, why],
    problemCodes: [...(books.problemCodes ?? []), 'environment-unhealthy'],
  };
}
