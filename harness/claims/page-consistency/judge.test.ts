import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { afterEach, describe, expect, test } from 'vitest';
import { environmentError } from '../../errors/harness-error.ts';
import type { LoadRequest, LoadResult, LoadRunner } from '../../ports/load.ts';
import {
  createFakeBrowser,
  type FakeAnswer,
  type FakeBrowser,
  NAMING_HEADER,
} from '../../testkit/fakes/fake-browser.ts';
import { createFakeScene, fakeCluster } from '../../testkit/fakes/fake-scene.ts';
import { drawnVersion, scriptedLoad, steadySamples } from '../../testkit/fakes/scripted-load.ts';
import type { PageConsistencyClaim } from './declaration.ts';
import { derivedShare } from './expected-share.ts';
import { judgePageConsistency } from './judge.ts';

const SHOP = 'shop.example.com';
const PINNED = 'pinned.example.com';
const HASHED = 'hashed.example.com';

type Answer = (load: number, request: number, host: string, of: string | null) => FakeAnswer;

let random = xoroshiro128plus(3);
let browser: FakeBrowser;
afterEach(() => {
  random = xoroshiro128plus(3);
  expect(browser.running).toBe(0);
});
const drawn = () => (uniformFloat64(random) < 0.1 ? 'v3' : 'v1');
/** A version for every request, or for every user where the route pins. */
const perRequest: Answer = () => ({ version: drawn() });
const pinned: Answer = (_load, request, _host, of) => ({ version: request === 0 ? drawn() : of });
const seed: Answer = (...given) => (given[2] === PINNED ? pinned(...given) : perRequest(...given));

/** First requests of users, `share` of them answered by v3; with the books of each try as told. */
function firstRequests(share: number, ...books: readonly Partial<LoadResult>[]) {
  const drawn = drawnVersion(share);
  const tries: LoadRequest[] = [];
  const run: LoadRunner['run'] = (request, ...rest) => {
    const told = books[tries.length] ?? {};
    tries.push(request);
    const samples = steadySamples(60_000, (sequence) => (drawn(sequence) === 'v2' ? 'v3' : 'v1'));
    return scriptedLoad(samples, (result) => ({ ...result, ...told })).run(request, ...rest);
  };
  return { run, tries };
}

interface Play {
  readonly answer?: Answer;
  readonly broken?: 'derived' | number;
  readonly remedies?: readonly PageConsistencyClaim['routes'][number][];
  readonly assets?: number;
  readonly asked?: number;
  readonly identify?: 'header' | 'proxy';
  readonly change?: object;
  readonly onLoad?: (load: number) => void;
}

async function judge({ answer = seed, broken = 'derived', remedies = [], assets = 2, asked = 2, ...play }: Play) {
  browser = createFakeBrowser({ answer, assets: asked, ...(play.onLoad ? { onLoad: play.onLoad } : {}) });
  const scene = await createFakeScene({
    openBrowser: browser.open,
    load: firstRequests(0.1),
    cluster: fakeCluster({ ingressUrl: 'http://127.0.0.1:8123' }),
    ...play.change,
  });
  const identify =
    play.identify === 'proxy' ? ({ kind: 'proxy' } as const) : ({ kind: 'header', name: NAMING_HEADER } as const);
  const profile = { ...scene.profile, load: { ...scene.profile.load, identify } };
  const claim: PageConsistencyClaim = {
    ...{ id: 'shop/pages', title: 'pages are whole', kind: 'page-consistency', path: '/', assets },
    split: scene.claim('traffic-split'),
    routes: [{ name: 'as declared', host: SHOP, broken, margin: 0.1 }, ...remedies],
  };
  return judgePageConsistency(claim, { ...scene, profile });
}

const COOKIE = { name: 'cookie', host: PINNED, broken: 0, margin: 0.1 };
const HASH = { name: 'consistent hash', host: HASHED, broken: 'derived', margin: 0.2 } as const;

test('as often broken as weights per request make it, and pinned by a cookie never: passed', async () => {
  const { claim, findings, pages } = await judge({ remedies: [COOKIE, HASH] });
  expect(claim.sentence).toMatch(
    /^As declared \(shop\.example\.com\): \d+ of \d+ page loads broke, 2\d(\.\d)? % .*within ±10 points of the 27 % that weights per request make of 2 assets\./,
  );
  expect(claim.sentence).toMatch(/Cookie \(pinned.*none of \d+ page loads broke, none may: 2 % or more is excluded/);
  expect(claim.sentence).toMatch(
    /Users are split as declared: v1 (8|9)\d(\.\d)? % \(declared 90 %\), v3 .* of \d+ first requests\./,
  );
  expect(claim.sentence).toContain('within ±20 points of the 27 % that weights per request make');
  expect(claim.outcome).toBe('passed');
  expect(findings).toEqual([]);
  expect(browser.addresses).toEqual(['127.0.0.1:8123']);
  const [report] = pages ?? [];
  expect(report?.routes.map(({ name, outcome }) => [name, outcome])).toEqual([
    ['as declared', 'passed'],
    ['cookie', 'passed'],
    ['consistent hash', 'passed'],
  ]);
  expect(report?.films.map(({ verdict, frames }) => [verdict, frames.length])).toEqual([
    ['broken', 1],
    ['whole', 1],
  ]);
  expect(report?.films[0]?.parts.filter(({ isCulprit }) => isCulprit)).toHaveLength(1);
});

test('the derived share of the seed', () => {
  expect(derivedShare([0.9, 0.1], 2)).toBeCloseTo(0.9 * (1 - 0.9 ** 2) + 0.1 * (1 - 0.1 ** 2), 12);
  expect(derivedShare([1, 0], 5)).toBe(0);
});

describe('users', () => {
  test('are counted by their first requests to the route that pins them, and only there', async () => {
    const load = firstRequests(0.1);
    const { splits, books, pages } = await judge({ remedies: [COOKIE, HASH], change: { load } });
    expect(load.tries.map(({ headers, url }) => [headers.Host, url])).toEqual([[PINNED, 'http://10.96.0.80/']]);
    expect(splits).toMatchObject([{ outcome: 'passed', title: `first requests of users, cookie (${PINNED})` }]);
    expect(books).toHaveLength(1);
    expect(pages?.[0]?.routes.map(({ usersJudged }) => usersJudged)).toEqual([false, true, false]);
    expect(pages?.[0]?.routes[1]?.users.reduce((sum, { count }) => sum + count, 0)).toBe(splits?.[0]?.samples);
  });

  test('too fast for the generator: once more, slower, and that is judged', async () => {
    const load = firstRequests(0.1, { droppedIterations: 7 });
    const { claim, books } = await judge({ remedies: [COOKIE], change: { load } });
    expect(load.tries.map(({ ratePerSecond }) => ratePerSecond)).toEqual([1000, 500]);
    expect(books?.map(({ outcome, repeatedAs }) => [outcome, repeatedAs])).toEqual([
      ['invalid', load.tries[1]?.phase],
      ['passed', undefined],
    ]);
    expect(claim.outcome).toBe('passed');
  });

  test('with damaged books: invalid, whatever the shares were', async () => {
    const load = firstRequests(0.1, { sent: 1 });
    const { claim } = await judge({ remedies: [COOKIE], change: { load } });
    expect(claim.outcome).toBe('invalid');
    expect(claim.sentence).toContain('How users are split could not be judged: ');
  });

  test('are not asked for where pages say too little', async () => {
    const load = firstRequests(0.1);
    const silent: Answer = (...given) =>
      given[2] === PINNED && given[1] === 1 ? { version: null, status: 200 } : seed(...given);
    const { claim } = await judge({ answer: silent, remedies: [COOKIE], change: { load } });
    expect([claim.outcome, load.tries.length]).toEqual(['invalid', 0]);
  });
});

describe('fails', () => {
  test('when one page breaks where none may', async () => {
    const { claim, findings } = await judge({ broken: 0 });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(/page loads? broke, .*none may\. The first: \/app-v1\.\w+ was answered 404 by v3\./);
    expect(findings).toMatchObject([{ code: 'PAGE_BROKEN', where: expect.stringContaining(SHOP) as string }]);
  });

  test('when more break than the limit, and not when fewer do', async () => {
    expect((await judge({ broken: 0.05 })).claim.outcome).toBe('failed');
    expect((await judge({ broken: 0.4 })).claim.outcome).toBe('passed');
  });

  test('when something pins where weights per request are expected', async () => {
    const { claim, findings } = await judge({ answer: pinned });
    expect(claim.outcome).toBe('failed');
    expect(findings).toMatchObject([{ code: 'PAGE_SHARE_DIFFERS' }]);
  });

  test('when a page breaks that was loaded beside the one that decided', async () => {
    // 0.98^342 is the first power below 1/1000, and four are loaded side by side
    let pages = 0;
    const late: Answer = (...given) => {
      const [, request, host, of] = given;
      if (host === PINNED && request === 0) pages += 1;
      return host === PINNED && request > 0 && pages === 344 ? { version: of === 'v1' ? 'v3' : 'v1' } : seed(...given);
    };
    const { claim, findings } = await judge({ answer: late, remedies: [COOKIE] });
    expect(pages).toBeGreaterThanOrEqual(344);
    expect(claim.outcome).toBe('failed');
    expect(findings).toMatchObject([{ code: 'PAGE_BROKEN', where: expect.stringContaining(PINNED) as string }]);
  });

  test('when a remedy pins nobody', async () => {
    const { claim, findings } = await judge({ answer: perRequest, remedies: [COOKIE] });
    expect(claim.outcome).toBe('failed');
    expect(findings).toMatchObject([{ code: 'PAGE_BROKEN', where: expect.stringContaining(PINNED) as string }]);
  });

  test('when a remedy sends every user to one version', async () => {
    const all: Answer = (...given) => (given[2] === PINNED ? { version: 'v1' } : perRequest(...given));
    const { claim, findings } = await judge({ answer: all, remedies: [COOKIE], change: { load: firstRequests(0) } });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toContain('Users are split not as declared: v1 100 %');
    expect(findings).toMatchObject([{ code: 'PAGE_USERS_DIFFER' }]);
  });

  test('when an asset of the other build is answered 200: versions mix, though every status is good', async () => {
    const { claim } = await judge({ broken: 0, answer: () => ({ version: drawn(), status: 200 }) });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toContain('was answered 200 by v');
  });

  test('when a version does not have its own asset: no route can mend that', async () => {
    const lacks: Answer = (_load, request, _host, of) =>
      request === 2 && of === 'v3' ? { version: 'v3', status: 404 } : { version: of ?? drawn() };
    const { claim, findings } = await judge({ broken: 0.5, answer: lacks });
    expect(claim.outcome).toBe('failed');
    expect(findings).toMatchObject([
      {
        code: 'PAGE_ASSET_NOT_SERVED',
        where: `http://${SHOP}/app-v3.css`,
        hint: expect.stringContaining('build') as string,
      },
    ]);
  });

  test('when a page has other assets than its share is derived from', async () => {
    const { claim, findings } = await judge({ asked: 3 });
    expect(claim.outcome).toBe('failed');
    expect(findings).toMatchObject([
      { code: 'PAGE_ASSETS_DIFFER', hint: expect.stringContaining('assets: 3') as string },
    ]);
  });
});

describe('no verdict', () => {
  test('without a browser', async () => {
    const open = async () => {
      throw environmentError('BROWSER_MISSING', 'no browser');
    };
    await expect(judge({ change: { openBrowser: open } })).rejects.toMatchObject({ code: 'BROWSER_MISSING' });
    await expect(judge({ change: { openBrowser: undefined } })).rejects.toMatchObject({ code: 'BROWSER_MISSING' });
  });

  test('where the ingress cannot be reached', async () => {
    await expect(judge({ change: { cluster: fakeCluster() } })).rejects.toMatchObject({ code: 'BROWSER_NO_INGRESS' });
  });

  test('where nothing in an answer says whose it is', async () => {
    await expect(judge({ identify: 'proxy' })).rejects.toMatchObject({ code: 'PAGE_IDENTIFY', exitCode: 2 });
  });

  test('when a part names nobody', async () => {
    const silent: Answer = (_load, request) => ({ version: request === 1 ? null : 'v1', status: 200 });
    const { claim, findings } = await judge({ answer: silent });
    expect(claim.outcome).toBe('invalid');
    expect(findings).toMatchObject([{ code: 'PAGE_PART_UNNAMED', where: `http://${SHOP}/app-v1.js` }]);
  });

  test('when pages are not answered', async () => {
    const { claim, findings } = await judge({ answer: () => ({ version: null, status: 0 }) });
    expect(claim.outcome).toBe('invalid');
    expect(claim.sentence).toContain('none of 8 page loads was answered');
    expect(findings).toMatchObject([{ code: 'PAGE_LOADS_LOST' }]);
  });

  test('when the run is over', async () => {
    const over = new AbortController();
    const reason = new DOMException('time is up', 'TimeoutError');
    const onLoad = (load: number) => {
      if (load === 40) over.abort(reason);
    };
    await expect(judge({ onLoad, change: { signal: over.signal } })).rejects.toBe(reason);
  });

  test('when the time of a load is up before it is decided', async () => {
    let ms = 0;
    const { claim } = await judge({ change: { now: () => (ms += 5_000) } });
    expect(claim.outcome).toBe('inconclusive');
    expect(claim.sentence).toContain('undecided');
  });
});
