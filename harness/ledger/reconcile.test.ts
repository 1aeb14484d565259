import { describe, expect, test } from 'vitest';
import type { LedgerEvidence } from './evidence.ts';
import { api, evidence, git, labels, proxy, START_MS, weights } from './ledger-fixture.ts';
import { reconcile } from './reconcile.ts';

const blamed = (change: Partial<LedgerEvidence> = {}) => reconcile(evidence(change)).findings;
const codes = (change: Partial<LedgerEvidence>) => blamed(change).map(({ layer, code }) => `${layer} ${code}`);
const off = { atMs: START_MS - 5_000, commit: 'a'.repeat(40), automated: false, selfHeal: false, policyWriter: 'hand' };
const page = [START_MS - 5_500, 10] as const;

test('when every layer agrees nobody is blamed, and the ledger says who held what', () => {
  const { findings, ledger } = reconcile(evidence());
  expect(findings).toEqual([]);
  expect(ledger.entries.map(({ layer, holder, share }) => `${layer} ${holder} ${share}`)).toEqual([
    'git canary/reviews.yaml:11 0.1',
    'api VirtualService bookinfo/reviews 0.1',
    'xds bookinfo/page 0.1',
    'xds bookinfo/details 0.1',
  ]);
  expect(ledger.segments).toMatchObject([{ path: 'mesh', n: 20_000, declaredShare: 0.1 }]);
  expect(ledger.changes).toEqual([]);
});

describe('Git', () => {
  const commits = [git(START_MS - 9_000, 10), git(START_MS + 5_000, 30, 'b'.repeat(40))];
  test('a commit that nothing will apply is blamed at once, with who switched the sync off', () => {
    const [finding, ...others] = blamed({ git: commits, applied: [off] });
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      ...{ layer: 'git', code: 'GIT_NOT_APPLIED', writer: 'hand', atMs: START_MS + 5_000 },
      ...{ object: 'Application argocd/bookinfo', field: 'spec.syncPolicy.automated' },
      sentence: expect.stringMatching(
        /declares reviews-v1 70, reviews-v3 30 .* since commit bbbbbbbbbbbb .* applied reviews-v1 90, reviews-v3 10 of commit aaaaaaaaaaaa: automated sync is off/,
      ),
    });
  });
  test('a controller that is slow within its allowance is not', () => {
    expect(codes({ git: [commits[0]!, { ...commits[1]!, atMs: START_MS + 45_000 }] })).toEqual([]);
  });
  test('one that goes over it is', () => {
    expect(codes({ git: commits })).toEqual(['git GIT_NOT_APPLIED']);
  });
});

describe('the API object', () => {
  const byHand = api(START_MS + 1_000, 15, { routesWriter: 'kubectl-edit' });
  const proxies = [proxy('page', [page, [START_MS + 1_200, 15]])];
  const streams = [{ path: 'mesh' as const, labels: labels((ms) => (ms > 1_200 ? 0.15 : 0.1)) }];
  test('weights written by hand: the owner of the field, the field, the time; nobody below is blamed', () => {
    const [finding, ...others] = blamed({ api: [...evidence().api, byHand], applied: [off], proxies, streams });
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      ...{ layer: 'api', code: 'API_WEIGHTS_DIFFER', writer: 'kubectl-edit', atMs: START_MS + 1_000 },
      ...{ object: 'VirtualService bookinfo/reviews', field: 'spec.http[0].route[0].weight' },
    });
  });
  test('drift that is healed in time is no finding, but it is in the ledger', () => {
    const healed = [...evidence().api, byHand, api(START_MS + 3_000, 10)];
    const followed = [proxy('page', [page, [START_MS + 1_200, 15], [START_MS + 3_100, 10]])];
    const labelled = [{ path: 'mesh' as const, labels: labels((ms) => (ms > 1_200 && ms < 3_100 ? 0.15 : 0.1)) }];
    const { findings, ledger } = reconcile(evidence({ api: healed, proxies: followed, streams: labelled }));
    expect(findings).toEqual([]);
    expect(ledger.entries.filter(({ layer }) => layer === 'api').map(({ share }) => share)).toEqual([0.1, 0.15, 0.1]);
  });
  test('gone, or never there', () => {
    const deleted = api(START_MS + 1_000, 0, { deleted: true, held: undefined });
    expect(codes({ api: [...evidence().api, deleted], applied: [off], proxies: [], streams: [] })).toEqual([
      'api API_OBJECT_MISSING',
    ]);
    expect(codes({ api: [], proxies: [], streams: [] })).toEqual(['api API_OBJECT_MISSING']);
  });
  test('not bound to the mesh: the owner of that field is another one', () => {
    const unbound = api(START_MS - 6_000, 10, { gateways: ['front'], gatewaysWriter: 'kubectl-patch' });
    const steps = [{ atMs: START_MS, held: undefined, version: '' }];
    const whole = { ...proxy('page', []), steps };
    expect(blamed({ api: [unbound], proxies: [whole] })).toMatchObject([
      { code: 'API_GATEWAY_MESH_MISSING', field: 'spec.gateways', writer: 'kubectl-patch' },
    ]);
  });
});

describe('a proxy', () => {
  const moved = {
    git: [git(START_MS - 9_000, 10), git(START_MS + 5_000, 30, 'b'.repeat(40))],
    applied: [...evidence().applied, { ...evidence().applied[0]!, atMs: START_MS + 7_100, commit: 'b'.repeat(40) }],
    api: [...evidence().api, api(START_MS + 7_000, 30)],
    streams: [{ path: 'mesh' as const, labels: labels(() => 0.1) }],
  };
  const others = proxy('details', [page, [START_MS + 7_150, 30]], false);
  test('that refuses its configuration is named with its own words; what it answers follows from that', () => {
    const refused = {
      proxy: 'bookinfo/page',
      type: 'RDS',
      text: 'bad header',
      atMs: START_MS + 4_000,
      clearedMs: undefined,
    };
    const found = blamed({ ...moved, proxies: [proxy('page', [page]), others], refused: [refused] });
    expect(found).toMatchObject([
      {
        ...{ layer: 'xds', code: 'XDS_WEIGHTS_DIFFER', proxy: 'bookinfo/page', atMs: START_MS + 7_000 },
        sentence: expect.stringMatching(
          /page routes reviews as reviews-v1 90, reviews-v3 10.*\(reviews-v1 70, reviews-v3 30 since.*refuses RDS since .*: bad header/,
        ),
      },
    ]);
    expect(found).toHaveLength(1);
  });
  test('a refusal that does not matter yet is said, too; one that was taken back is not', () => {
    const refused = { proxy: 'bookinfo/page', type: 'LDS', text: 'no', atMs: START_MS + 4_000, clearedMs: undefined };
    expect(codes({ refused: [refused] })).toEqual(['xds XDS_REJECTED']);
    expect(codes({ refused: [{ ...refused, clearedMs: START_MS + 5_000 }] })).toEqual([]);
  });
  test('one of three that is stale is found, the two others are not', () => {
    const found = blamed({
      ...moved,
      proxies: [proxy('stale', [page], false), others, proxy('b', [page, [START_MS + 7_100, 30]], false)],
    });
    expect(found.filter(({ layer }) => layer === 'xds').map(({ proxy: name }) => name)).toEqual(['bookinfo/stale']);
  });
  test('one that is slow within its allowance is not', () => {
    const slow = proxy('page', [page, [START_MS + 11_000, 30]]);
    const streams = [{ path: 'mesh' as const, labels: labels((ms) => (ms > 11_000 ? 0.3 : 0.1)) }];
    expect(codes({ ...moved, proxies: [slow, others], streams })).toEqual([]);
  });
  test('a gateway that holds no route for the host has nothing to follow', () => {
    const steps = [{ atMs: START_MS, held: undefined, version: '' }];
    const gateway = { ...proxy('gateway', [], false), isGateway: true, steps };
    expect(codes({ proxies: [...evidence().proxies, gateway] })).toEqual([]);
  });
  test('a gateway follows what is bound to gateways, and not the mesh', () => {
    const bound = [api(START_MS - 6_000, 10, { gateways: ['front'] })];
    const gateway = { ...proxy('gateway', [[START_MS - 5_000, 10]], false), isGateway: true };
    const blamedProxies = (change: Partial<LedgerEvidence>) =>
      blamed({ api: bound, ...change }).flatMap(({ proxy: name }) => name ?? []);
    const page = { ...proxy('page', []), steps: [{ atMs: START_MS - 5_000, held: undefined, version: '' }] };
    expect(blamedProxies({ proxies: [page, gateway] })).toEqual([]);
    const stale = { ...gateway, steps: proxy('gateway', [[START_MS - 5_000, 25]]).steps };
    expect(blamedProxies({ proxies: [page, stale] })).toEqual(['bookinfo/gateway']);
  });
});

describe('what clients got', () => {
  test('a proxy that answers otherwise than it acknowledged', () => {
    expect(blamed({ streams: [{ path: 'ingress', labels: labels(() => 0.15) }] })).toMatchObject([
      {
        ...{ layer: 'observed', code: 'OBSERVED_SHARE_DIFFERS', proxy: 'bookinfo/page', atMs: START_MS },
        sentence: expect.stringMatching(
          /agree on 10 % for v3, but clients got something else on ingress: ingress 1[45]\.\d+ %/,
        ),
      },
    ]);
  });
  test('a blip of two seconds in the middle of a step, and when it began', () => {
    const blip = labels((ms) => (ms >= 20_000 && ms < 22_000 ? 0.5 : 0.1));
    const [finding, ...others] = blamed({ streams: [{ path: 'mesh', labels: blip }] });
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code: 'OBSERVED_SHARE_DIFFERS' });
    expect(Math.abs((finding?.atMs ?? 0) - START_MS - 20_000)).toBeLessThan(100);
  });
  test('one answer from an arm that must get none', () => {
    const none = {
      git: [git(START_MS - 9_000, 0)],
      api: [api(START_MS - 6_000, 0)],
      proxies: [proxy('page', [[START_MS - 5_500, 0]])],
    };
    const once = labels((ms) => (ms === 8_000 ? 1 : 0));
    expect(codes({ ...none, streams: [{ path: 'mesh', labels: once }] })).toEqual(['observed OBSERVED_SHARE_DIFFERS']);
    expect(codes({ ...none, streams: [{ path: 'mesh', labels: labels(() => 0) }] })).toEqual([]);
  });
  test('without any proxy known the API object says what should be', () => {
    expect(codes({ proxies: [], streams: [{ path: 'mesh', labels: labels(() => 0.2) }] })).toEqual([
      'observed OBSERVED_SHARE_DIFFERS',
    ]);
  });
});

describe('a change travels', () => {
  const change = {
    git: [git(START_MS - 9_000, 10), git(START_MS + 10_000, 25, 'b'.repeat(40))],
    applied: [...evidence().applied, { ...evidence().applied[0]!, atMs: START_MS + 17_300, commit: 'b'.repeat(40) }],
    api: [...evidence().api, api(START_MS + 17_000, 25)],
    proxies: [
      proxy('page', [page, [START_MS + 17_110, 25]]),
      proxy('details', [page, [START_MS + 17_150, 25]], false),
      proxy('stuck', [page], false),
    ],
    streams: [
      { path: 'mesh' as const, labels: labels((ms) => (ms >= 17_110 ? 0.25 : 0.1)) },
      { path: 'ingress' as const, labels: labels((ms) => (ms >= 17_110 ? 0.25 : 0.1), 4_000) },
    ],
    toMs: START_MS + 22_000,
  };
  test('commit, write, each proxy, skew, and the answers with their 99 % set', () => {
    const [travelled, ...others] = reconcile(evidence(change)).ledger.changes;
    expect(others).toEqual([]);
    expect(travelled).toMatchObject({
      ...{ fromShare: 0.1, toShare: 0.25, gitAtMs: START_MS + 10_000, declaredAtMs: START_MS + 17_000, skewMs: 40 },
      proxies: [
        { proxy: 'bookinfo/page', lagMs: 110 },
        { proxy: 'bookinfo/details', lagMs: 150 },
        { proxy: 'bookinfo/stuck' },
      ],
    });
    expect(travelled?.proxies[2]).not.toHaveProperty('acknowledgedAtMs');
    // the second path ended before the change
    expect(travelled?.observed.map(({ path }) => path)).toEqual(['mesh']);
    const { lowMs = 0, highMs = 0 } = travelled?.observed[0] ?? {};
    expect(lowMs).toBeLessThanOrEqual(START_MS + 17_110);
    expect(highMs).toBeGreaterThanOrEqual(START_MS + 17_110);
    expect(highMs - lowMs).toBeLessThan(1_000);
  });
  test('requests of the changeover are judged against neither level', () => {
    const found = reconcile(evidence({ ...change, proxies: change.proxies.slice(0, 2) })).findings;
    expect(found).toEqual([]);
  });
  test('an acknowledgement before our own watch told of the write moves the write, not the clock', () => {
    const early = [proxy('page', [page, [START_MS + 16_950, 25]])];
    const [travelled] = reconcile(evidence({ ...change, proxies: early })).ledger.changes;
    expect(travelled).toMatchObject({ declaredAtMs: START_MS + 16_950, proxies: [{ lagMs: 0 }] });
  });
  test('a write that was told late is not held against a proxy that had it before', () => {
    const late = api(START_MS + 17_000, 25, { sinceMs: START_MS + 12_000 });
    const early = [proxy('page', [page, [START_MS + 12_500, 25]])];
    const streams = [{ path: 'mesh' as const, labels: labels((ms) => (ms >= 12_500 ? 0.25 : 0.1)) }];
    const { findings, ledger } = reconcile(
      evidence({ ...change, api: [...evidence().api, late], proxies: early, streams }),
    );
    expect(findings).toEqual([]);
    expect(ledger.entries.find(({ layer, share }) => layer === 'api' && share === 0.25)).toMatchObject({
      uncertaintyMs: 2_500,
    });
  });
});

test('weights are compared for every arm, not only for the followed one', () => {
  const three = { 'reviews-v1': 80, 'reviews-v2': 10, 'reviews-v3': 10 };
  const held = { ...api(START_MS - 6_000, 10), held: three };
  expect(codes({ api: [held], applied: [off], proxies: [], streams: [] })).toEqual(['api API_WEIGHTS_DIFFER']);
  expect(weights(10)).not.toEqual(three);
});

describe('what began before the time looked at', () => {
  const old = [api(START_MS - 60_000, 10), api(START_MS - 50_000, 30)];
  const stale = [proxy('page', [[START_MS - 55_000, 10]])];
  const declared = [git(START_MS - 61_000, 30)];
  test('is dated by when it began: two claims that meet it speak of the same difference', () => {
    const looked = [0, 20_000].map((afterMs) =>
      blamed({ fromMs: START_MS + afterMs, git: declared, api: old, proxies: stale, streams: [] }),
    );
    expect(looked.map(([finding]) => [finding?.code, finding?.atMs])).toEqual([
      ['XDS_WEIGHTS_DIFFER', START_MS - 50_000],
      ['XDS_WEIGHTS_DIFFER', START_MS - 50_000],
    ]);
  });
});

describe('a change that no client was there to see', () => {
  const changed = (afterMs: number) =>
    reconcile(
      evidence({
        git: [git(START_MS - 9_000, 15)],
        api: [...evidence().api, api(START_MS + afterMs, 15)],
        proxies: [proxy('page', [page, [START_MS + afterMs + 100, 15]])],
        streams: [{ path: 'mesh', labels: labels((ms) => (ms > afterMs + 100 ? 0.15 : 0.1)) }],
      }),
    ).ledger.changes.at(-1);
  test('is not located in requests that all came after it', () => {
    expect(changed(-5_000)).toBeUndefined();
    const early = reconcile(
      evidence({
        fromMs: START_MS - 6_500,
        api: [...evidence().api, api(START_MS - 2_000, 15)],
        proxies: [proxy('page', [page, [START_MS - 1_900, 15]])],
        streams: [{ path: 'mesh', labels: labels(() => 0.15) }],
      }),
    ).ledger.changes;
    expect(early).toMatchObject([{ fromShare: 0.1, toShare: 0.15, observed: [] }]);
  });
  test('is located where requests were under way before it', () => {
    const [seen] = changed(10_000)?.observed ?? [];
    expect(Math.abs((seen?.atMs ?? 0) - (START_MS + 10_100))).toBeLessThan(3_000);
  });
});
