/** What is wrong with a load test that came to an end, each with its sentence and hint. Pure. */
import type { FindingReport } from '../../../reports/model/run-report.ts';
import { seconds } from '../../documents/figures.ts';
import { requests, whole } from '../../verdict/wording.ts';
import { checksOf } from './k6/summary.ts';
import { type Threshold, thresholdsOf, thresholdWords } from './k6/thresholds.ts';
import { unbegun } from './load-books.ts';
import type { LoadTestClaim } from './load-test-claim.ts';
import type { FinishedLoad } from './read-load.ts';

/** Of what was due, so much may be missing: a hundredth, as clocks and the last second of a rate are not exact. */
const MISSING_SHARE = 0.01;

type Said = readonly [code: string, sentence: string, hint: string];

/**
 * LOAD_TEST_THRESHOLD_CROSSED, LOAD_TEST_JOB_FAILED, LOAD_TEST_FAILURE_HIDDEN, LOAD_TEST_SCRIPT_DIFFERS, LOAD_TEST_MISSED,
 * LOAD_TEST_LOAD_NOT_REACHED, LOAD_TEST_CHECK_FAILED, LOAD_TEST_WITHOUT_THRESHOLDS, LOAD_TEST_CANNOT_FAIL.
 */
export function runFindings(claim: LoadTestClaim, load: FinishedLoad): readonly FindingReport[] {
  const thresholds = thresholdsOf(load.summary.metrics);
  return [
    ...endings(load, thresholds),
    ...(load.differences.length === 0 ? [] : [differs(load)]),
    ...arrivals(claim, load),
    ...reachedLoad(load),
    ...checks(load),
    ...unable(thresholds),
  ].map((said) => findingOf(claim, said));
}

function endings({ exitCode, isFailed }: FinishedLoad, thresholds: readonly Threshold[]): readonly Said[] {
  const crossed = thresholds.filter(({ isKept }) => !isKept);
  if (crossed.length > 0 || exitCode !== 0)
    return [
      [
        'LOAD_TEST_THRESHOLD_CROSSED',
        `k6 did not keep ${crossed.map(thresholdWords).join(' and ') || 'a threshold'}, and the Job ${isFailed ? 'failed' : 'completed'}`,
        'Clients were served worse than the load test allows: look at the application, or at whether the limit is one that it can keep.',
      ],
      ...(isFailed ? [] : [HIDDEN]),
    ];
  if (!isFailed) return [];
  return [
    [
      'LOAD_TEST_JOB_FAILED',
      'k6 kept its thresholds and the Job failed',
      'Look at its other containers and its podFailurePolicy.',
    ],
  ];
}

const HIDDEN: Said = [
  'LOAD_TEST_FAILURE_HIDDEN',
  'the Job is Complete although k6 failed, so whoever waits for the Job never hears of it',
  'Let k6 be the command of the container, and no podFailurePolicy ignore its exit code 99.',
];

const differs = ({ differences }: FinishedLoad): Said => [
  'LOAD_TEST_SCRIPT_DIFFERS',
  `what ran is not what Git declares: ${differences.join(', ')}`,
  'Somebody changed it in the cluster, or on its way in; the verdict would be about another load.',
];

/** What was answered well must have reached the receivers; what failed may have. */
function arrivals({ service }: LoadTestClaim, { counts, books }: FinishedLoad): readonly Said[] {
  const { sent, failed, reached } = counts;
  const others = books.unattributed;
  if (sent > 0 && reached >= sent - failed && others === 0) return [];
  const named = others > 0 ? `, and ${requests(others)} were answered by somebody who is not ${service}` : '';
  return [
    [
      'LOAD_TEST_MISSED',
      `k6 sent ${requests(sent)}, ${whole(sent - failed)} of them were answered well, and ${whole(reached)} reached ${service}${named}`,
      'The script asks another host than the one that it is to test: look at its address and its Host header.',
    ],
  ];
}

function reachedLoad({ counts }: FinishedLoad): readonly Said[] {
  const { planned, iterations, dropped, lastedMs } = counts;
  const due = planned.iterations;
  const missing = dropped + unbegun(counts);
  const hint =
    'Give the scenario more virtual users (rate times the time of an answer), or the container more processor.';
  if (due !== undefined && missing > MISSING_SHARE * due)
    return [
      [
        'LOAD_TEST_LOAD_NOT_REACHED',
        `the declared load was not reached: ${whole(iterations)} of ${whole(due)} iterations began, ${whole(dropped)} were dropped`,
        hint,
      ],
    ];
  if (lastedMs >= planned.lastsMs * (1 - MISSING_SHARE)) return [];
  const sentence = `the declared load was not reached: it lasted ${seconds(lastedMs)} of ${seconds(planned.lastsMs)}`;
  return [['LOAD_TEST_LOAD_NOT_REACHED', sentence, 'Look at what ended it: abortOnFail, or a call of test.abort.']];
}

function checks({ summary }: FinishedLoad): readonly Said[] {
  return checksOf(summary)
    .filter(({ fails }) => fails > 0)
    .map(({ path, passes, fails }) => [
      'LOAD_TEST_CHECK_FAILED',
      `the check ${JSON.stringify(path.replace(/^::/, ''))} failed ${whole(fails)} of ${whole(passes + fails)} times`,
      'A failed check fails no k6: set a threshold on checks where it should.',
    ]);
}

function unable(thresholds: readonly Threshold[]): readonly Said[] {
  if (thresholds.length === 0)
    return [
      [
        'LOAD_TEST_WITHOUT_THRESHOLDS',
        'the script has no threshold, so the Job completes whatever clients get',
        "Set thresholds, such as http_req_failed: ['rate<0.01'].",
      ],
    ];
  return thresholds.flatMap((one): readonly Said[] =>
    one.cannotFail === undefined ? [] : [cannotFail(one, `is kept whatever clients get: ${one.cannotFail}`)],
  );
}

const cannotFail = ({ metric, expression }: Threshold, why: string): Said => [
  'LOAD_TEST_CANNOT_FAIL',
  `the threshold ${metric} ${expression} ${why}`,
  'Give it a limit that bad answers cross, on a metric that the script fills.',
];

/** Thresholds that must have been crossed while every answer was a 500, so many milliseconds late; LOAD_TEST_CANNOT_FAIL. */
export function cannotFailFindings(claim: LoadTestClaim, load: FinishedLoad, heldMs: number): readonly FindingReport[] {
  const thresholds = thresholdsOf(load.summary.metrics);
  const kept = thresholds.filter(
    ({ metric, longestMs, isKept }) =>
      isKept && (metric === 'http_req_failed' || (metric === 'http_req_duration' && (longestMs ?? heldMs) < heldMs)),
  );
  const said = kept.map((one) => cannotFail(one, `was kept although every answer was a 500, ${heldMs} ms late`));
  if (said.length === 0 && (!load.isFailed || load.exitCode === 0))
    said.push([
      'LOAD_TEST_CANNOT_FAIL',
      `the Job ${load.isFailed ? 'failed without a threshold' : 'completed'} although every answer was a 500, ${heldMs} ms late`,
      "Set a threshold that errors cross, such as http_req_failed: ['rate<0.01'].",
    ]);
  return said.map((one) => findingOf(claim, one));
}

function findingOf({ id }: LoadTestClaim, [code, sentence, hint]: Said): FindingReport {
  return { code, layer: 'observed', severity: 'error', sentence, where: id, hint };
}
