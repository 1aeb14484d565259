import { describe, expect, test } from 'vitest';
import type { LoadResult } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import { createFakeReceivers } from '../../testkit/fakes/fake-receivers.ts';
import { createFakeScene, hopsOf, meshedPod, PODS } from '../../testkit/fakes/fake-scene.ts';
import { endingLoad } from '../../testkit/fakes/lasting-load.ts';
import { playPrograms } from '../../testkit/fakes/played-programs.ts';
import { drawnShare, steadySamples } from '../../testkit/fakes/scripted-load.ts';
import type { MirrorClaim } from './declaration.ts';
import { judgeMirror } from './judge.ts';

const CLAIM: MirrorClaim = {
  id: 'shop/shadow',
  title: 'a fifth is mirrored',
  kind: 'mirror',
  shadow: { namespace: 'bookinfo', labels: { app: 'reviews', version: 'v2' } },
  shadowVersion: 'v2',
  service: 'reviews',
  percent: 20,
  path: { kind: 'ingress', host: 'shop.example.com', path: '/', ratePerSecond: 200 },
};
const BLOCK = 1_400;

interface Play {
  readonly share: number;
  /** Times that a mirrored request reaches the shadow. */
  readonly copies?: number;
  readonly answer?: (sample: RequestSample) => RequestSample;
  readonly requests?: number;
  readonly percent?: number;
  readonly distort?: (result: LoadResult) => LoadResult;
  readonly signal?: AbortSignal;
  readonly meanwhile?: () => void;
}

async function judge(play: Play) {
  const { share, copies = 1, answer = (sample) => sample, requests = BLOCK, percent = 20, distort, signal } = play;
  const receivers = createFakeReceivers();
  playPrograms(receivers.run);
  let sent = 0;
  const load = endingLoad(() => {
    play.meanwhile?.();
    return steadySamples(
      requests,
      () => {
        sent += 1;
        if (drawnShare(sent) < share) receivers.requests += copies;
        return hopsOf('v1');
      },
      answer,
    );
  }, distort);
  const scene = await createFakeScene({ load, ...(signal ? { signal } : {}) });
  scene.client.put(PODS, meshedPod('reviews-v2-0', { labels: { app: 'reviews', version: 'v2' } }));
  const result = await judgeMirror({ ...CLAIM, percent }, scene).finally(() => {
    expect(receivers.told.at(-1)).toBe('{}');
    expect(load.running).toBe(0);
  });
  return { ...result, receivers, load };
}

test('the declared share at the shadow, and none served: passed', async () => {
  const { claim, findings, receivers } = await judge({ share: 0.2 });
  expect(claim.outcome).toBe('passed');
  expect(claim.sentence).toMatch(
    /^Of [\d,]+ requests, mirrored \d+(\.\d+)? % \(declared 20 %\), not mirrored .*: within ±5 points/,
  );
  expect(claim.sentence).toMatch(/None of \d+ clients was answered by the shadow, reviews v2, which failed all/);
  expect(findings).toEqual([]);
  expect(receivers.told[0]).toBe('{"errorShare":1}');
});

test('everything may be mirrored where that is declared', async () => {
  expect((await judge({ share: 1, percent: 100 })).claim.outcome).toBe('passed');
  expect((await judge({ share: 0.95, percent: 100 })).claim.outcome).toBe('failed');
});

test('a share of a few percent has a verdict, and nothing at all does not pass for it', async () => {
  const passed = await judge({ share: 0.05, percent: 5 });
  expect(passed.claim).toMatchObject({ outcome: 'passed', sentence: expect.stringContaining('within ±2.5 points') });
  expect((await judge({ share: 0, percent: 5 })).claim.outcome).toBe('failed');
});

describe('fails', () => {
  test.each([0, 0.1, 0.4, 1])('when %d of the requests are mirrored', async (share) => {
    const { claim, findings } = await judge({ share });
    expect(claim.outcome).toBe('failed');
    expect(findings).toMatchObject([{ code: 'MIRROR_SHARE_DIFFERS', where: 'shop/shadow' }]);
  });

  test('when a mirrored request arrives more often than it was sent', async () => {
    const { claim } = await judge({ share: 1, copies: 3 });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(/^The shadow got \d+ requests, more than the \d+ that clients sent\./);
  });

  test('when one client is answered by the shadow', async () => {
    const answer = (sample: RequestSample) =>
      sample.sequence === 7 ? { ...sample, status: 500, identity: hopsOf('v2') } : sample;
    const { claim, findings } = await judge({ share: 0.2, answer });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toContain('1 of 1400 clients were answered by the shadow, reviews v2.');
    expect(findings).toMatchObject([{ code: 'MIRROR_HEARD' }]);
  });

  test('when a client gets an error while only the shadow is to fail', async () => {
    const answer = (sample: RequestSample) =>
      sample.sequence === 7 ? { ...sample, status: 503, identity: '' } : sample;
    const { claim } = await judge({ share: 0.2, answer });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(/\d of \d+ answers to clients were errors while only the shadow was to fail\.$/);
  });
});

test('a second block follows where the first does not decide, and too few requests are no pass', async () => {
  const { claim, load } = await judge({ share: 0.2, requests: 40 });
  expect(load.requests.length).toBeGreaterThan(1);
  expect(['passed', 'inconclusive']).toContain(claim.outcome);
  const nobody = await judge({ share: 0.2, requests: 0 });
  expect(nobody.claim.outcome).toBe('invalid');
});

test('bad books are no verdict', async () => {
  const { claim } = await judge({ share: 0.2, distort: (result) => ({ ...result, droppedIterations: 1_000 }) });
  expect(claim.outcome).toBe('invalid');
});

test('a run that is over says nothing, and puts the shadow back', async () => {
  const over = new AbortController();
  const reason = new DOMException('time is up', 'TimeoutError');
  await expect(judge({ share: 0.2, signal: over.signal, meanwhile: () => over.abort(reason) })).rejects.toBe(reason);
});
