import { describe, expect, test } from 'vitest';
import { playPrograms } from '../../testkit/fakes/played-programs.ts';
import { fewOf } from '../../testkit/runner/thorough.ts';
import { judgeOutlierEjection } from './judge.ts';
import { CLAIM, type OutlierMesh, outlierMesh, type Play } from './outlier-mesh-fixture.ts';

async function judge(play: Play = {}, change: Partial<typeof CLAIM> = {}) {
  const mesh = await outlierMesh(play);
  playPrograms(mesh.run);
  const judging = judgeOutlierEjection({ ...CLAIM, ...change }, mesh.scene).then((result) => {
    // the claim after it is to find all endpoints
    if (result.claim.outcome === 'passed')
      expect(mesh.endpoints.flatMap(({ outSinceMs }) => outSinceMs ?? [])).toEqual([]);
    return result;
  });
  return judging.finally(() => {
    expect(mesh.endpoints.map(({ behaviour }) => behaviour)).toEqual(mesh.endpoints.map(() => ({})));
    expect(mesh.running).toBe(0);
  });
}

test('out after five errors, back after ten seconds, one of three at most: passed', async () => {
  const { claim, findings } = await judge();
  expect(claim.sentence).toMatch(
    /^reviews-0 was ejected after 5 errors in a row, as declared\. It got no request for 1\d\.\d s and is back; 10\.0 s are declared, and a sweep every 1\.0 s\. While all 3 erred, 1 was out at a time: 40 % of 3 come to 1\.$/,
  );
  expect(claim.outcome).toBe('passed');
  expect(findings).toEqual([]);
});

test.each(
  fewOf(1, [
    ['two of five', { endpoints: 5 }, {}],
    ['all of two', { endpoints: 2, percent: 100 }, { maxEjectionPercent: 100 }],
    ['gateway errors', { errors: 3 }, { consecutiveErrors: 3, failWith: 502 }],
  ]),
)('passes with %s', async (_, play, change) => {
  const { claim } = await judge(play, change);
  expect([claim.outcome, claim.sentence]).toEqual(['passed', claim.sentence]);
});

describe('fails', () => {
  test.each<[string, Play, string, RegExp]>(
    fewOf(2, [
      ['never ejected', { errors: 0 }, 'OUTLIER_NOT_EJECTED', /and still does: it should be ejected after 5 errors/],
      [
        'after fewer errors',
        { errors: 3 },
        'OUTLIER_EARLY',
        /got 3 requests while it erred and was ejected then: too early/,
      ],
      ['back too early', { baseMs: 5_000 }, 'OUTLIER_BACK_EARLY', /too early; 10\.0 s are declared/],
      ['back too late', { baseMs: 60_000 }, 'OUTLIER_NOT_BACK', /had not come back 1\d\.\d s after its ejection/],
      ['too many out', { percent: 100 }, 'OUTLIER_TOO_MANY', /While all 3 erred, \d were out at a time: too many/],
    ]),
  )('%s', async (_, play, code, sentence) => {
    const { claim, findings } = await judge(play);
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(sentence);
    expect(findings).toMatchObject([{ code, where: 'shop/outliers' }]);
  });

  test('after more errors', async () => {
    const { claim, findings } = await judge({ errors: 15, intervalMs: 5_000 }, { intervalMs: 5_000 });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(/got 15 requests while it erred and was ejected then: too late/);
    expect(findings).toMatchObject([{ code: 'OUTLIER_LATE' }]);
  });

  test('too few out of what may be', async () => {
    const { claim, findings } = await judge({ endpoints: 5, percent: 20 });
    expect(claim.outcome).toBe('failed');
    expect(findings).toMatchObject([{ code: 'OUTLIER_TOO_FEW' }]);
  });
});

describe('shows nothing', () => {
  test('where the proxy took long to take an ejection over', async () => {
    const { claim } = await judge({ takenOverMs: 200 }, { path: { ...CLAIM.path, ratePerSecond: 60 } });
    expect(claim.outcome).toBe('inconclusive');
    expect(claim.sentence).toContain('run again on a quieter machine, or with a lower rate');
  });

  test('where the proxy was held up for less than a second', async () => {
    const { claim } = await judge({ errors: 8 });
    expect(claim.outcome).toBe('inconclusive');
  });

  test('where the environment stood still meanwhile', async () => {
    const why = 'a control request took 3.0 s';
    const unhealthy = () => [{ fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, why }];
    const { claim, findings } = await judge({ errors: 20, change: { environment: { unhealthy } } });
    expect(claim.outcome).toBe('invalid');
    expect(claim.sentence).toContain(why);
    expect(findings).toEqual([]);
    expect((await judge({ change: { environment: { unhealthy } } })).claim.outcome).toBe('passed');
  });

  test('where it was taken back while it still erred', async () => {
    // the answer to what it had got takes longer than its ejection
    const { claim } = await judge({ baseMs: 4_000, slowToTellMs: 8_000 }, { baseEjectionMs: 4_000 });
    expect(claim.outcome).toBe('inconclusive');
  });

  test('where errors are tried again, so that clients do not see them', async () => {
    const { claim } = await judge({ retries: true });
    expect(claim.outcome).not.toBe('passed');
    expect(claim.outcome).not.toBe('failed');
  });

  test('where what clients got comes in too late to be looked at', async () => {
    const { claim } = await judge({ lateMs: 60_000 });
    expect(claim.outcome).toBe('inconclusive');
  });

  test('with bad books', async () => {
    const { claim, findings } = await judge({ distort: (result) => ({ ...result, droppedIterations: 1_000 }) });
    expect(claim.outcome).toBe('invalid');
    expect(findings).toEqual([]);
  });

  test('with one endpoint', async () => {
    await expect(judge({ endpoints: 1 })).rejects.toMatchObject({ code: 'OUTLIER_ENDPOINTS', exitCode: 3 });
  });

  test('with an endpoint that answers nobody before any errs', async () => {
    const silent = { code: 'OUTLIER_ENDPOINT_SILENT', exitCode: 3, message: 'no client is answered by reviews-1' };
    await expect(judge({ unused: [1] })).rejects.toMatchObject(silent);
  });

  test('at a rate that is too low to see a silence', async () => {
    const slow = judge({}, { path: { ...CLAIM.path, ratePerSecond: 2 } });
    await expect(slow).rejects.toMatchObject({ code: 'OUTLIER_RATE', exitCode: 3 });
  });

  test('when the one that erred was restarted: its count is gone', async () => {
    const onTold = (times: number, { endpoints }: OutlierMesh) => {
      if (times === 1) setImmediate(() => Object.assign(endpoints[0]!, { changedAtMs: 2 }));
    };
    await expect(judge({ onTold })).rejects.toMatchObject({ code: 'RECEIVER_CHANGED', exitCode: 3 });
  });

  test.each([1, 2, 3])('when the run is over at the %d. change', async (when) => {
    const over = new AbortController();
    const reason = new DOMException('time is up', 'TimeoutError');
    const onTold = (times: number) => times === when && over.abort(reason);
    await expect(judge({ onTold, change: { signal: over.signal } })).rejects.toBe(reason);
  });
});
