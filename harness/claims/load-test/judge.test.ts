import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../k8s/client/object.ts';
import type { Scene } from '../../scene/scene.ts';
import { hopsOf } from '../../testkit/fakes/fake-scene.ts';
import { fewOf } from '../../testkit/runner/thorough.ts';
import { judgeClaim } from '../judge-in-order.ts';
import { judgeLoadTest } from './judge.ts';
import { CLAIM, CROSSED, JOBS, linesOf, loadTestScene, type Played, summaryOf } from './load-test-fixture.ts';

async function judge(first: Played = {}, second: Played = {}, options: Parameters<typeof loadTestScene>[1] = {}) {
  const { scene, receivers } = await loadTestScene([first, second], options);
  // through the one place through which every judge's result goes, save for its wait for a still cluster
  const result = await judgeClaim(
    CLAIM,
    { ...scene, besideOthers: true },
    () => (claim, at) => judgeLoadTest(claim as typeof CLAIM, at),
  ).finally(async () => {
    expect(await scene.client.get(JOBS, 'k6-load-test')).toBeUndefined();
    expect(await scene.client.list({ ...JOBS, apiVersion: 'v1', resource: 'configmaps' })).toEqual([]);
    expect(receivers.told.at(-1) ?? '{}').toBe('{}');
  });
  return { ...result, receivers, scene };
}

test('a Job that does what it declares: passed, with both runs in the books', async () => {
  const { claim, books, findings, receivers } = await judge();
  expect(findings).toBeUndefined();
  expect(claim.outcome).toBe('passed');
  expect(claim.sentence).toBe(
    'The Job k6-load-test sent 1,000 requests in 20.0 s as Git declares, reviews counted 1,000, and k6 kept http_req_failed rate<0.01 (it was 0) and http_req_duration p(95)<500 (it was 12.5); while every answer was an error it failed, as it must, by http_req_failed rate<0.01 (it was 1) and http_req_duration p(95)<500 (it was 680).',
  );
  expect(claim.details).toEqual(
    expect.arrayContaining([
      { label: 'Job', value: 'bookinfo/k6-load-test: Complete, exit code 0 of k6' },
      { label: 'load', value: '1,000 iterations in 20.0 s of 1,000 declared, 0 dropped' },
      { label: 'reached reviews', value: '1,000' },
      { label: 'answered by v1', value: '1,000' },
    ]),
  );
  expect(books).toMatchObject([
    {
      ...{ id: 'shop-load-test-declared', sent: 1_000, errors: 0, unattributed: 0, outcome: 'passed' },
      answeredByArm: [{ arm: 'v1', count: 1_000 }],
      witnesses: [
        { name: 'receivers', count: 1_000, difference: 0 },
        { name: "the Job's log", count: 1_000 },
      ],
      generator: { offeredPerSecond: 50, achievedPerSecond: 50 },
    },
    { id: 'shop-load-test-all-errors', sent: 1_000, errors: 1_000 },
  ]);
  // later than 500 ms by a quarter and 50 ms
  expect(receivers.told).toEqual(['{}', '{"errorShare":1,"errorStatus":500,"latencyMs":675}', '{}']);
});

test('a script of anybody, which writes no lines: its own figures are booked', async () => {
  const { claim, books } = await judge({ log: `running\n${summaryOf()}\n` });
  expect(claim.outcome).toBe('passed');
  expect(books?.[0]).toMatchObject({
    answeredByArm: [{ arm: 'reviews', count: 1_000 }],
    witnesses: [{ name: 'receivers' }],
  });
});

describe('fails', () => {
  const failing: readonly (readonly [string, Played, string, RegExp])[] = [
    [
      'when a threshold is crossed',
      { exitCode: 99, log: summaryOf({ thresholds: { ...CROSSED, http_req_failed: { 'rate<0.01': true } } }) },
      'LOAD_TEST_THRESHOLD_CROSSED',
      /^k6 did not keep http_req_duration p\(95\)<500 \(it was 12\.5\), and the Job failed\.$/,
    ],
    [
      'when the Job is Complete all the same',
      { exitCode: 99, log: summaryOf({ thresholds: CROSSED }), job: completed },
      'LOAD_TEST_FAILURE_HIDDEN',
      /whoever waits for the Job never hears of it/,
    ],
    [
      'when k6 ends as if a threshold were crossed, and neither its summary nor the Job says so',
      { exitCode: 99, log: summaryOf(), job: completed },
      'LOAD_TEST_THRESHOLD_CROSSED',
      /^k6 did not keep a threshold, and the Job completed; .*never hears of it/,
    ],
    [
      'when the Job failed and k6 did not',
      { job: (job) => ({ ...job, status: { conditions: [{ type: 'Failed', status: 'True' }] } }) },
      'LOAD_TEST_JOB_FAILED',
      /k6 kept its thresholds and the Job failed/,
    ],
    [
      'when it asks somebody else, who answers well',
      { reached: 0, log: `${linesOf(1_000, 200, hopsOf('v1').replace('reviews', 'other'))}\n${summaryOf()}` },
      'LOAD_TEST_MISSED',
      /k6 sent 1,000 requests, 1,000 of them were answered well, and 0 reached reviews, and 1,000 requests were answered by somebody who is not reviews/,
    ],
    [
      'when one good answer came from elsewhere',
      { reached: 999, log: summaryOf() },
      'LOAD_TEST_MISSED',
      /999 reached reviews/,
    ],
    [
      'when the declared load was not reached',
      { reached: 980, log: summaryOf({ sent: 980, dropped: 20 }) },
      'LOAD_TEST_LOAD_NOT_REACHED',
      /980 of 1,000 iterations began, 20 were dropped/,
    ],
    [
      'when it did not last as long as declared',
      {
        log: summaryOf({
          lastedMs: 9_000,
          options: { scenarios: { traffic: { executor: 'constant-vus', duration: '20s' } } },
        }),
      },
      'LOAD_TEST_LOAD_NOT_REACHED',
      /it lasted 9\.0 s of 20\.0 s/,
    ],
    [
      'when a check failed',
      { log: summaryOf({ checks: [{ path: '::status is 200', passes: 997, fails: 3 }] }) },
      'LOAD_TEST_CHECK_FAILED',
      /^The check "status is 200" failed 3 of 1,000 times/,
    ],
    ['without a threshold', { log: summaryOf({ thresholds: {} }) }, 'LOAD_TEST_WITHOUT_THRESHOLDS', /has no threshold/],
    [
      'when no value crosses a threshold',
      { log: summaryOf({ thresholds: { http_req_failed: { 'rate<=1': true } } }) },
      'LOAD_TEST_CANNOT_FAIL',
      /http_req_failed rate<=1 is kept whatever clients get: a rate is never outside of 0 to 1/,
    ],
    [
      'when the metric of a threshold has no sample',
      { log: summaryOf({ thresholds: { checks: { 'rate>0.99': true } } }) },
      'LOAD_TEST_CANNOT_FAIL',
      /checks rate>0\.99 is kept whatever clients get: its metric has no sample/,
    ],
    [
      'when another script ran',
      { meanwhile: ({ client }) => client.put({ ...JOBS, apiVersion: 'v1', resource: 'configmaps' }, otherScript) },
      'LOAD_TEST_SCRIPT_DIFFERS',
      /^What ran is not what Git declares: load-test\.js in ConfigMap k6-load-test/,
    ],
    [
      'when the pod was changed on its way in',
      { pod: (pod) => ({ ...pod, spec: { containers: [{ name: 'k6', image: 'other', args: [] }] } }) },
      'LOAD_TEST_SCRIPT_DIFFERS',
      /image of the container, args of the container, the variable CANARYPROOF_TARGET/,
    ],
    ['without a summary', { log: 'running\n' }, 'LOAD_TEST_NO_SUMMARY', /its log holds no summary/],
    [
      'with another object as its summary',
      { log: '{"metrics":{}}' },
      'LOAD_TEST_NO_SUMMARY',
      /not what k6 hands to handleSummary: root_group/,
    ],
    [
      'when the script throws',
      { exitCode: 107, log: 'TypeError: x is no function\n' },
      'LOAD_TEST_SCRIPT_FAILED',
      /the script threw an error; it said last: TypeError/,
    ],
    [
      'out of its own memory',
      { exitCode: 137, pod: ended({ reason: 'OOMKilled' }) },
      'LOAD_TEST_OUT_OF_MEMORY',
      /more memory than its container may have/,
    ],
    [
      'by its own deadline',
      { job: deadline, pod: ended(undefined), isPodGone: true },
      'LOAD_TEST_DEADLINE',
      /its deadline of 120 s ended it/,
    ],
    [
      'when it never ends',
      { job: unended, pod: ended(undefined) },
      'LOAD_TEST_ENDLESS',
      /still ran when the time of the claim was up/,
    ],
    [
      'when k6 has ended and another container keeps the Job open',
      { job: unended },
      'LOAD_TEST_ENDLESS',
      /k6 had ended when the time of the claim was up, and the Job had not/,
    ],
  ];

  test.each(fewOf(12, failing))('%s', async (_, first, code, words) => {
    const { claim, findings } = await judge(first);
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(words);
    expect(findings?.map((one) => one.code)).toContain(code);
  });

  test('when it completes although every answer is an error', async () => {
    const { claim, findings } = await judge({}, { exitCode: 0, log: summaryOf({ failed: 1_000 }) });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(
      /^The threshold http_req_failed rate<0\.01 was kept although every answer was a 500, 675 ms late/,
    );
    expect(findings?.map(({ code }) => code)).toEqual(['LOAD_TEST_CANNOT_FAIL', 'LOAD_TEST_CANNOT_FAIL']);
  });

  test('when it completes and no threshold speaks of failures', async () => {
    const thresholds = { iterations: { 'count>900': true } };
    const { claim, receivers } = await judge(
      { log: summaryOf({ thresholds }) },
      { exitCode: 0, log: summaryOf({ failed: 1_000, thresholds }) },
    );
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toBe('The Job completed although every answer was a 500, 0 ms late.');
    expect(receivers.told).toContain('{"errorShare":1,"errorStatus":500,"latencyMs":0}');
  });

  test('when Git holds no such Job', async () => {
    const files = () => [];
    expect((await judge({}, {}, { files })).claim).toMatchObject({
      outcome: 'failed',
      sentence: 'The Job cannot be run: load-testing/k6-load-test.yaml holds no Job.',
    });
  });
});

describe('is invalid', () => {
  const broken: readonly (readonly [string, Played, string, RegExp])[] = [
    [
      'without a node',
      { job: unended, pod: pending({ type: 'PodScheduled', status: 'False', message: '0/1 nodes' }) },
      'LOAD_TEST_NOT_SCHEDULED',
      /no node took its pod: 0\/1 nodes/,
    ],
    ['without a pod', { job: unended, pod: () => undefined }, 'LOAD_TEST_NOT_SCHEDULED', /it never had a pod/],
    ['without its image', { job: unended, pod: waiting }, 'LOAD_TEST_NOT_STARTED', /ImagePullBackOff/],
    ['evicted', { exitCode: 137, pod: evicted }, 'LOAD_TEST_EVICTED', /low on memory/],
    [
      'with its pod deleted',
      { exitCode: 105, isPodGone: true },
      'LOAD_TEST_POD_DELETED',
      /k6-load-test-1 was deleted while it ran/,
    ],
    [
      'with its pod on its way out',
      {
        exitCode: 105,
        pod: (pod) => ({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-02T00:00:20Z' } }),
      },
      'LOAD_TEST_POD_DELETED',
      /k6-load-test-1 was deleted while it ran/,
    ],
    ['with its Job deleted', { job: () => undefined }, 'LOAD_TEST_JOB_GONE', /was deleted while it ran/],
    ['told to stop', { exitCode: 105 }, 'LOAD_TEST_STOPPED', /told to stop/],
    ['killed', { exitCode: 137 }, 'LOAD_TEST_KILLED', /killed by signal 9/],
    [
      'when its deadline was spent before it began',
      { job: deadlineAfterWait, pod: ended(undefined), isPodGone: true },
      'LOAD_TEST_DEADLINE',
      /had waited 63\.0 s of it to begin/,
    ],
    [
      'with half a summary',
      { log: `${linesOf(1_000)}\n${summaryOf().slice(0, 400)}` },
      'LOAD_TEST_SUMMARY_CUT',
      /is not whole/,
    ],
    [
      'when receivers were restarted',
      { meanwhile: (_, receivers) => receivers.restart() },
      'RECEIVER_CHANGED',
      /is not the process that was told/,
    ],
  ];

  test.each(broken)('%s', async (_, first, code, words) => {
    const { claim, findings } = await judge(first);
    expect(claim.outcome).toBe('invalid');
    expect(claim.sentence).toMatch(words);
    expect(findings?.map((one) => one.code)).toContain(code);
  });

  test('when lines are missing from its log', async () => {
    const { claim } = await judge({ log: `${linesOf(900)}\n${summaryOf()}` });
    expect(claim.outcome).toBe('invalid');
    expect(claim.sentence).toMatch(/its log has a line for 900: the log was cut short or rotated/);
  });

  test('but not when iterations that were cut off have none', async () => {
    const { claim, books } = await judge({
      log: `${linesOf(1_000)}\n${summaryOf({ sent: 1_004, iterations: 999 })}`,
      reached: 1_004,
    });
    expect(claim.outcome).toBe('passed');
    expect(books?.[0]?.witnesses).toMatchObject([{ difference: 0 }, { count: 1_000, difference: -4 }]);
  });

  test('when they counted more while every answer was an error', async () => {
    const { claim, books } = await judge({}, { reached: 1_001 });
    expect(claim.outcome).toBe('invalid');
    expect(books?.map(({ outcome }) => outcome)).toEqual(['passed', 'invalid']);
  });

  test('and blames nobody whose threshold was kept while somebody else asked, too', async () => {
    const kept = { exitCode: 0, log: summaryOf({ failed: 1_000 }), reached: 1_001 };
    const { claim, findings } = await judge({}, kept);
    expect(claim.outcome).toBe('invalid');
    expect(findings).toEqual([]);
  });

  test('when the receivers counted more than k6 sent', async () => {
    const { claim } = await judge({ reached: 1_001 });
    expect(claim).toMatchObject({ outcome: 'invalid', sentence: expect.stringContaining('somebody else asks it too') });
  });

  test('when it was slow while the environment was', async () => {
    const fromMs = Date.parse('2026-01-02T00:00:10Z');
    const environment: Scene['environment'] = { unhealthy: () => [{ fromMs, toMs: fromMs + 3_000, why: 'a stall' }] };
    const first = { exitCode: 99, log: summaryOf({ thresholds: CROSSED }) };
    const { claim, findings } = await judge(first, {}, { change: { environment } });
    expect(findings).toEqual([]);
    expect(claim).toMatchObject({ outcome: 'invalid', sentence: expect.stringContaining('a stall') });
  });
});

test('what ran otherwise than Git says is failed, whatever the environment did meanwhile', async () => {
  const fromMs = Date.parse('2026-01-02T00:00:10Z');
  const environment: Scene['environment'] = { unhealthy: () => [{ fromMs, toMs: fromMs + 3_000, why: 'a stall' }] };
  const meanwhile: Played['meanwhile'] = ({ client }) =>
    client.put({ ...JOBS, apiVersion: 'v1', resource: 'configmaps' }, otherScript);
  const { claim, findings } = await judge({ meanwhile }, {}, { change: { environment } });
  expect(claim.outcome).toBe('failed');
  expect(findings).toMatchObject([{ code: 'LOAD_TEST_SCRIPT_DIFFERS' }]);
});

test('only the very Job that was started is removed, never another of its name', async () => {
  const removed: unknown[] = [];
  const meanwhile: Played['meanwhile'] = ({ client }) => {
    const remove = client.delete;
    Object.assign(client, {
      async delete(...[collection, name, only]: Parameters<typeof remove>) {
        if (collection.resource === JOBS.resource) removed.push(only);
        await remove(collection, name, only);
      },
    });
  };
  await judge({ meanwhile });
  expect(removed).toEqual([{ uid: 'job-1' }, { uid: 'job-2' }]);
});

describe('is inconclusive', () => {
  test('when the second run breaks by its own fault', async () => {
    const { claim } = await judge({}, { exitCode: 107, log: '' });
    expect(claim.outcome).toBe('inconclusive');
    expect(claim.sentence).toMatch(/^While every answer was an error, the Job k6-load-test came to no end/);
  });

  test('when nothing came while all was to fail', async () => {
    expect((await judge({}, { reached: 0 })).claim.outcome).toBe('inconclusive');
  });
});

test('a run that is over says nothing, and leaves nothing behind', async () => {
  const over = new AbortController();
  const reason = new DOMException('time is up', 'TimeoutError');
  const first: Played = { job: unended, meanwhile: () => over.abort(reason) };
  await expect(judge(first, {}, { change: { signal: over.signal } })).rejects.toBe(reason);
});

const otherScript: KubeObject = {
  ...{ apiVersion: 'v1', kind: 'ConfigMap' },
  metadata: { name: 'k6-load-test', namespace: 'bookinfo' },
  data: { 'load-test.js': 'other' },
};

function completed(job: KubeObject): KubeObject {
  return { ...job, status: { conditions: [{ type: 'Complete', status: 'True' }] } };
}

function unended(job: KubeObject): KubeObject {
  return { ...job, status: { startTime: '2026-01-02T00:00:00Z' } };
}

function deadline(job: KubeObject): KubeObject {
  const conditions = [{ type: 'Failed', status: 'True', reason: 'DeadlineExceeded' }];
  return { ...job, status: { startTime: '2026-01-02T00:00:00Z', conditions } };
}

function deadlineAfterWait(job: KubeObject): KubeObject {
  return { ...job, status: { ...deadline(job).status, startTime: '2026-01-01T23:59:00Z' } };
}

/** Its k6 runs, or was ended for that reason. */
function ended(terminated: object | undefined) {
  const startedAt = '2026-01-02T00:00:03Z';
  const state = terminated ? { terminated: { exitCode: 137, startedAt, ...terminated } } : { running: { startedAt } };
  return (pod: KubeObject): KubeObject => ({ ...pod, status: { containerStatuses: [{ name: 'k6', state }] } });
}

function pending(condition: object) {
  return (pod: KubeObject): KubeObject => ({ ...pod, status: { phase: 'Pending', conditions: [condition] } });
}

function waiting(pod: KubeObject): KubeObject {
  const state = { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } };
  return { ...pod, status: { phase: 'Pending', containerStatuses: [{ name: 'k6', state }] } };
}

function evicted(pod: KubeObject): KubeObject {
  return {
    ...ended({ reason: 'Error' })(pod),
    status: { ...ended({})(pod).status, reason: 'Evicted', message: 'The node was low on memory' },
  };
}
