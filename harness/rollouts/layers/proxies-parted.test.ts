import { describe, expect, test } from 'vitest';
import { blamedOnce, blameRollout, layersInWords } from './blame.ts';
import { evidenceOf, type Layers, STEPS, type Step } from './layers-fixture.ts';

/** Told at 40 s, it keeps what it had until the end. */
const STALE: readonly Step[] = STEPS.filter(([from]) => from < 40);
const SIDECAR = 'shop/client';

function read(layers: Layers) {
  const evidence = evidenceOf(layers);
  const blame = blameRollout(evidence);
  const findings = blamedOnce(blame, []);
  return { findings, first: findings[0], words: layersInWords(evidence, blame) };
}
const bound = (spec: Readonly<Record<string, unknown>>) => ({
  metadata: {
    name: 'cart',
    managedFields: [{ manager: 'kubectl-edit', fieldsV1: { 'f:spec': { 'f:gateways': {} } } }],
  },
  spec,
});

describe('each path of clients has a proxy of its own', () => {
  test('a stale sidecar is blamed where the gateway is right: who, what, since when', () => {
    const { findings, first, words } = read({ sidecar: STALE });
    expect(findings).toHaveLength(1);
    expect(first).toMatchObject({
      code: 'XDS_WEIGHTS_DIFFER',
      layer: 'xds',
      object: 'VirtualService shop/cart',
      field: `route configuration of ${SIDECAR}`,
      proxy: SIDECAR,
      writer: 'somebody',
      atMs: 39_900,
    });
    expect(first!.sentence).toMatch(
      /^From .+ on the sidecar of shop\/client routed 10 % to the canary for 30\.0 s, while VirtualService shop\/cart said 25 %, written by somebody at .+; 2 more of its weights were not followed; below it parted observed\.$/,
    );
    expect(words).toMatch(/^xds parts first: .+ → the proxy of istio-system\/gateway, the sidecar of shop\/client → /);
  });

  test('a stale gateway is blamed where the sidecar is right', () => {
    const { findings, first } = read({ proxy: STALE, sidecar: STEPS });
    expect(findings).toHaveLength(1);
    expect(first).toMatchObject({ code: 'XDS_WEIGHTS_DIFFER', proxy: 'istio-system/gateway', atMs: 39_900 });
  });

  test('both right, and clients of the mesh got something else: it is nobody’s but below', () => {
    const { first } = read({ sidecar: STEPS, meshGot: STALE });
    expect(first).toMatchObject({ code: 'OBSERVED_SHARE_DIFFERS', layer: 'observed' });
    expect(first!.sentence).toMatch(
      /VirtualService shop\/cart and the sidecar of shop\/client agreed on 25 % for v2, while in-mesh clients got 10/,
    );
  });

  test('both right: nobody', () => {
    const { findings, words } = read({ sidecar: STEPS });
    expect(findings).toEqual([]);
    expect(words).toMatch(/^agree: .+ the sidecar of shop\/client → clients by ingress and mesh$/);
  });

  test.each<[string, Layers]>([
    ['a sidecar whose clients got what the VirtualService said', { sidecar: STALE, meshGot: STEPS }],
    [
      'a gateway whose clients did, while those of the mesh got what is stale',
      { proxy: STALE, got: STEPS, sidecar: STEPS, meshGot: STALE },
    ],
  ])('records alone blame no proxy: %s', (_, layers) => {
    expect(read(layers).first?.layer).not.toBe('xds');
  });
});

describe('evidence with a gap', () => {
  test('a sidecar that was lost is not blamed for what it held before, and agrees with nobody', () => {
    const { first, words } = read({ sidecar: STALE, unread: [38, 130] });
    expect(first).toMatchObject({ code: 'OBSERVED_SHARE_DIFFERS' });
    expect(first!.sentence).toMatch(
      /on Rollout shop\/cart and VirtualService shop\/cart agreed on .+; the sidecar of shop\/client was not read then/,
    );
    expect(words).toContain('the sidecar of shop/client not read from 00:00:38.000 on (it was killed)');
    expect(read({ sidecar: STEPS, unread: [38, 130] }).words).toMatch(/^agree as far as they were read: /);
  });

  test('one that is read again and took nothing meanwhile held the same all the time', () => {
    const { first } = read({ sidecar: STALE, unread: [38, 45] });
    expect(first).toMatchObject({ code: 'XDS_WEIGHTS_DIFFER', proxy: SIDECAR, atMs: 39_900 });
    expect(read({ sidecar: STEPS, unread: [45, 50] }).words).toMatch(/^agree: /);
  });

  test('a proxy that may have followed at once, as nobody saw it meanwhile, is not blamed', () => {
    const evidence = evidenceOf({ sidecar: STALE });
    const took = { ...evidence.proxies.findLast(({ path }) => path === 'mesh')!, weights: { stable: 75, canary: 25 } };
    const blamed = (sinceMs: number) =>
      blameRollout({ ...evidence, proxies: [...evidence.proxies, { ...took, atMs: 65_000, sinceMs }] })?.first;
    expect(blamed(64_000)).toMatchObject({ code: 'XDS_WEIGHTS_DIFFER', atMs: 39_900, lastedMs: 24_100 });
    expect(blamed(41_000)?.atMs).not.toBe(39_900);
  });

  test('clients of the mesh without a sidecar that was read are one layer short, and that is said', () => {
    const { first, words } = read({ meshGot: STALE });
    expect(first!.sentence).toContain('; the clients’ own sidecar was not read then');
    expect(words).toContain('no proxy of mesh clients read');
    expect(read({ meshGot: STEPS }).words).toMatch(/^agree as far as they were read: /);
  });
});

describe('which proxies the VirtualService orders', () => {
  const whole: readonly Step[] = [[0, 0]];

  test('one that is not bound to the mesh orders no sidecar: its gateways are blamed', () => {
    const spec = { hosts: ['cart.test', 'cart'], gateways: ['shop'] };
    const { findings, first } = read({ sidecar: whole, virtualService: bound(spec) });
    expect(findings).toHaveLength(1);
    expect(first).toMatchObject({
      code: 'API_GATEWAY_MESH_MISSING',
      layer: 'api',
      field: 'spec.gateways',
      writer: 'kubectl-edit',
    });
    expect(first!.sentence).toMatch(/said 10 % and was bound to shop and not to mesh, so that in-mesh clients got 0 %/);
    // as Istio reads a list that is not there
    expect(read({ sidecar: whole, virtualService: bound({ hosts: ['cart'] }) }).first?.layer).toBe('xds');
  });

  test('a proxy that passes on to a service in front of it has no weight to follow', () => {
    const spec = { hosts: ['cart'], gateways: ['mesh'] };
    const { first } = read({ proxy: whole, sidecar: STEPS, virtualService: bound(spec) });
    expect(first).toMatchObject({ code: 'OBSERVED_SHARE_DIFFERS' });
    expect(read({ proxy: whole, sidecar: STEPS, virtualService: bound({ hosts: ['*.test'] }) }).first).toMatchObject({
      ...{ code: 'XDS_WEIGHTS_DIFFER', proxy: 'istio-system/gateway' },
    });
  });

  test('a split between services is read by their names', () => {
    const evidence = evidenceOf({});
    const services = (weight: number) => ({
      'cart-stable.shop.svc.cluster.local': 100 - weight,
      ...(weight === 0 ? {} : { 'cart-canary.shop.svc.cluster.local': weight }),
    });
    const held = (weights: readonly Step[]) => ({
      ...evidence,
      rollout: { ...evidence.rollout, subsets: undefined },
      proxies: weights.map(([from, weight]) => ({
        ...{ ...evidence.proxies[0]!, atMs: from * 1_000 },
        ...{ weights: { '(whole host)': 100 }, services: services(weight) },
      })),
    });
    expect(blameRollout(held(STEPS))).toBeUndefined();
    const stale = { ...held(whole), clients: evidenceOf({ got: whole }).clients };
    expect(blameRollout(stale)?.first.code).toBe('XDS_WEIGHTS_DIFFER');
    expect(blameRollout({ ...stale, proxies: held(STEPS).proxies })?.first.code).toBe('OBSERVED_SHARE_DIFFERS');
  });
});
