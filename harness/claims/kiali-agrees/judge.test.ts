import { describe, expect, test } from 'vitest';
import { ApiError } from '../../../k8s/client/api-request.ts';
import type { LoadResult } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import type { Scene } from '../../scene/scene.ts';
import { createFakeScene, hopsOf } from '../../testkit/fakes/fake-scene.ts';
import { lastingLoad } from '../../testkit/fakes/lasting-load.ts';
import { drawnShare } from '../../testkit/fakes/scripted-load.ts';
import { fewOf } from '../../testkit/runner/thorough.ts';
import { judgeClaim } from '../judge-in-order.ts';
import { judgeKialiAgrees } from './judge.ts';
import type { KialiAgreesClaim } from './kiali-claim.ts';
import { type FakeKiali, playKiali } from './kiali-fixture.ts';

const CLAIM: KialiAgreesClaim = {
  id: 'bookinfo-kiali/kiali',
  title: "Kiali's graph shows the split",
  kind: 'kiali-agrees',
  namespace: 'bookinfo-kiali',
  from: 'productpage',
  service: 'reviews',
  path: { kind: 'ingress', host: undefined, path: '/productpage', ratePerSecond: 100 },
  kiali: { namespace: 'istio-system', service: 'kiali', port: 20_001, webRoot: '/kiali' },
  windowMs: undefined,
};
const RATE = 100;
const STEP_MS = 1000 / RATE;
const START_MS = Date.UTC(2026, 0, 2);
/** So many scrapes of 2 s lie in the window, and three before it. */
const LASTS_MS = 60_000;

const versionOf = (sequence: number) => (drawnShare(sequence + 40) < 0.1 ? 'v2' : 'v1');

interface Play {
  readonly set?: (kiali: FakeKiali) => void;
  /** What the proxies count of one request, by version. */
  readonly counted?: (version: string, sequence: number) => readonly string[];
  readonly change?: (sample: RequestSample) => RequestSample;
  readonly distort?: (result: LoadResult) => LoadResult;
  readonly scene?: Partial<Scene>;
  readonly claim?: Partial<KialiAgreesClaim>;
  readonly meanwhile?: () => void;
  readonly by?: typeof judgeKialiAgrees;
}

/** A hundred requests a second, a tenth of them answered by v2, and a Kiali whose proxies counted the same. */
async function play({ counted = (version) => [version], change = (one) => one, distort, set, ...rest }: Play = {}) {
  const sent = Array.from({ length: LASTS_MS / STEP_MS }, (_, sequence) => ({
    sequence,
    version: versionOf(sequence),
  }));
  const load = lastingLoad(() => {
    rest.meanwhile?.();
    return sent.map(({ sequence, version }): RequestSample => {
      const startMs = START_MS + sequence * STEP_MS;
      const times = { startMs, endMs: startMs + 4 };
      return change({ sequence, ...times, status: 200, errorCode: 0, vu: sequence % 20, identity: hopsOf(version) });
    });
  }, distort);
  const scene = await createFakeScene({ load, ratePerSecond: RATE, ...rest.scene });
  const kiali = playKiali(scene.client);
  kiali.rates = ({ endS, lengthS }) => {
    const counts: Record<string, number> = {};
    for (const { sequence, version } of sent) {
      const endMs = START_MS + sequence * STEP_MS + 3;
      if (endMs <= (endS - lengthS) * 1000 || endMs > endS * 1000) continue;
      for (const one of counted(version, sequence)) counts[one] = (counts[one] ?? 0) + 1 / lengthS;
    }
    return counts;
  };
  set?.(kiali);
  const claim = { ...CLAIM, ...rest.claim };
  const result = await (rest.by ?? judgeKialiAgrees)(claim, scene).finally(() => expect(load.running).toBe(0));
  const findings = result.findings ?? [];
  return { ...result, load, kiali, claimed: result.claim, codes: findings.map(({ code }) => code) };
}

describe('shares', () => {
  test('that the edges and the clients have alike: passed, with every edge in the details', async () => {
    const { claimed, codes, kiali } = await play();
    expect(codes).toEqual([]);
    expect(claimed.outcome).toBe('passed');
    expect(claimed.sentence).toMatch(/^Kiali counted the same: \d+(\.\d+)? % of its [34],\d{3} requests went to v\d/);
    const labels = claimed.details.map(({ label }) => label);
    expect(labels).toEqual(
      expect.arrayContaining([
        'Kiali',
        'window',
        'edge productpage v1 → reviews v1 (reviews-v1)',
        'edge productpage v1 → reviews v2 (reviews-v2)',
      ]),
    );
    // 20 scrapes of 2 s, up to a whole second, and no cache in between
    const asked = kiali.asked.at(-1)?.searchParams;
    expect(Object.fromEntries(asked ?? [])).toMatchObject({
      ...{ namespaces: 'bookinfo-kiali', graphType: 'versionedApp', duration: '40s', injectServiceNodes: 'false' },
      queryTime: String(START_MS / 1000 + 49),
    });
  });

  test('that are another version’s in the graph: failed', async () => {
    const { claimed, codes } = await play({ counted: () => ['v1'] });
    expect(claimed.outcome).toBe('failed');
    expect(codes).toEqual(['KIALI_SHARES_DIFFER']);
    expect(claimed.sentence).toMatch(/^Kiali counted something else: /);
  });

  test.each(fewOf(1, [0.02, 0.04]))('of which the graph moves %d to the canary: failed', async (moved) => {
    const counted = (version: string, sequence: number) =>
      version === 'v1' && drawnShare(sequence + 7) < moved / 0.9 ? ['v2'] : [version];
    expect((await play({ counted })).codes).toEqual(['KIALI_SHARES_DIFFER']);
  });

  test('of twice as many requests: passed with a note', async () => {
    const { claimed } = await play({ counted: (version) => [version, version] });
    expect(claimed.outcome).toBe('passed');
    expect(claimed.details.at(-1)).toMatchObject({ label: 'note', value: expect.stringContaining('more than') });
  });

  test('that scrapes leave too open to be compared: inconclusive, and never passed', async () => {
    const { claimed } = await play({ claim: { windowMs: 4_000 } });
    expect(claimed.outcome).toBe('inconclusive');
    expect(claimed.sentence).toMatch(/cannot be compared/);
  });

  test('of clients that nobody answers by name: inconclusive', async () => {
    const change = (sample: RequestSample) =>
      sample.sequence % 4 === 0 ? { ...sample, status: 503, identity: '' } : sample;
    expect((await play({ change })).claimed.outcome).toBe('inconclusive');
  });
});

describe('a graph', () => {
  test('without the edge, while clients are answered: failed, with the edges that it has', async () => {
    const answer = (text: string, what: string) =>
      what === 'namespaces/graph' ? text.replaceAll('"app":"productpage"', '"app":"storefront"') : text;
    const { claimed, codes } = await play({ set: (kiali) => Object.assign(kiali, { answer }) });
    expect(claimed.outcome).toBe('failed');
    expect(codes).toEqual(['KIALI_EDGES_NONE']);
    expect(claimed.sentence).toContain('storefront → reviews');
  });

  test('that was cut off is no evidence', async () => {
    const answer = (text: string, what: string) => (what === 'namespaces/graph' ? text.slice(0, -30) : text);
    await expect(play({ set: (kiali) => Object.assign(kiali, { answer }) })).rejects.toMatchObject({
      code: 'KIALI_ANSWER_BROKEN',
      exitCode: 3,
    });
  });

  test.each(fewOf(1, ['timestamp', 'duration']))('of another %s is no evidence', async (field) => {
    const answer = (text: string, what: string) =>
      what === 'namespaces/graph' ? JSON.stringify({ ...JSON.parse(text), [field]: 600 }) : text;
    await expect(play({ set: (kiali) => Object.assign(kiali, { answer }) })).rejects.toMatchObject({
      code: 'KIALI_OTHER_WINDOW',
      exitCode: 3,
    });
  });
});

describe('a Kiali', () => {
  const refusals: readonly (readonly [string, number, string, string])[] = [
    ['that the cluster does not have', 404, 'services "kiali" not found', 'KIALI_MISSING'],
    ['whose pod is not ready', 503, 'no endpoints available for service "kiali"', 'KIALI_UNREACHABLE'],
    ['that does not listen', 502, 'error trying to reach service: dial tcp: refused', 'KIALI_UNREACHABLE'],
    ['that asks who comes', 401, 'GET /status: 401 {"error":"unauthorized"}', 'KIALI_REFUSED'],
    ['under another root', 404, 'GET /status: 404 page not found', 'KIALI_REFUSED'],
  ];
  test.each(refusals)('%s is found before the load, and is no pass', async (_, status, message, code) => {
    const refuse = () => {
      throw new ApiError(status, message);
    };
    const meanwhile = () => expect.unreachable('the load is for nothing');
    await expect(play({ set: (kiali) => Object.assign(kiali, { answer: refuse }), meanwhile })).rejects.toMatchObject({
      code: code,
      exitCode: 3,
    });
  });

  test('whose Prometheus has gone meanwhile is no pass', async () => {
    const answer = (text: string, what: string) => {
      if (what === 'namespaces/graph') throw new ApiError(503, 'GET: 503 {"error":"Post \\"http://prometheus\\""}');
      return text;
    };
    await expect(play({ set: (kiali) => Object.assign(kiali, { answer }) })).rejects.toMatchObject({
      code: 'KIALI_REFUSED',
      exitCode: 3,
    });
  });

  test('that reads no Prometheus is said to', async () => {
    const answer = (text: string) =>
      text.replace('"enabled": true,\n    "globalScrape', '"enabled": false,\n    "globalScrape');
    await expect(play({ set: (kiali) => Object.assign(kiali, { answer }) })).rejects.toMatchObject({
      code: 'KIALI_WITHOUT_PROMETHEUS',
      exitCode: 3,
    });
  });

  test.each(['status', 'config'])('whose %s is a page of something else is no Kiali', async (page) => {
    const answer = (text: string, what: string) => (what === page ? '<html>login</html>' : text);
    await expect(play({ set: (kiali) => Object.assign(kiali, { answer }) })).rejects.toMatchObject({
      code: 'KIALI_ANSWER_BROKEN',
      exitCode: 3,
    });
  });
});

test('bad books are no verdict, whatever the graph shows', async () => {
  const distort = (result: LoadResult) => ({ ...result, droppedIterations: 1_000 });
  const { claimed, codes } = await play({ distort, counted: () => ['v1'] });
  expect(claimed.outcome).toBe('invalid');
  expect(codes).toEqual([]);
});

test('a claim without a Kiali is invalid in a run, and the run goes on', async () => {
  const answer = () => {
    throw new ApiError(404, 'services "kiali" not found');
  };
  const { claimed } = await play({ by: judgeClaim, set: (kiali) => Object.assign(kiali, { answer }) });
  expect(claimed).toMatchObject({ outcome: 'invalid', sentence: expect.stringContaining('the cluster has no Kiali') });
});

test('a run that ends meanwhile has seen too little for a verdict', async () => {
  const over = new AbortController();
  const reason = new DOMException('time is up', 'TimeoutError');
  const judging = play({ scene: { signal: over.signal }, meanwhile: () => over.abort(reason) });
  await expect(judging).rejects.toBe(reason);
});
