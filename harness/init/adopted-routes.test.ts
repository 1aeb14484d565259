/** Names with dots, and neighbours of several environments. */
import { describe, expect, it } from 'vitest';
import { parseManifestSet } from '../lint/manifest-set.ts';
import { adoptRoutes } from './adopted-routes.ts';
import { proposal } from './proposal-fixture.ts';
import { SHOP } from './repository-fixture.ts';
import { readFacts } from './unit-facts.ts';

const ROLLOUT = `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop }
spec:
  workloadRef: { apiVersion: apps/v1, kind: Deployment, name: shop.v1 }
  strategy:
    canary:
      trafficRouting:
        istio:
          virtualService: { name: shop.routes }
          destinationRule: { name: shop.rule }
`;
const object = (apiVersion: string, kind: string, name: string, namespace = '') =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: ${name}${namespace && `, namespace: ${namespace}`} }\nspec: {}\n`;
const parsed = (texts: readonly string[], namespace = '') =>
  parseManifestSet([{ path: 'a.yaml', text: texts.join('---\n') }], namespace).objects;

function adopted(own: string, others: readonly string[]) {
  const unit = { name: 'folder .', kind: 'folder', namespace: '', sources: [], application: undefined } as const;
  const rendered = {
    unit,
    findings: [],
    files: new Set<string>(),
    values: new Map<string, string>(),
    isRenamed: false,
  };
  const { changes, unprovable } = adoptRoutes(
    readFacts({ ...rendered, objects: parsed([own], 'shop') }, parsed(others)),
  );
  return {
    added: changes.map(({ add }) => `${add?.kind} ${add?.metadata.namespace}/${add?.metadata.name}`),
    unprovable,
  };
}

describe('names with dots', () => {
  it('only a VirtualService is named with its namespace', () => {
    const { added } = adopted(ROLLOUT, [
      object('networking.istio.io/v1', 'VirtualService', 'shop', 'routes'),
      object('networking.istio.io/v1', 'DestinationRule', 'shop.rule', 'shop'),
      object('apps/v1', 'Deployment', 'shop.v1', 'shop'),
    ]);
    expect(added).toEqual(['VirtualService routes/shop', 'DestinationRule shop/shop.rule', 'Deployment shop/shop.v1']);
  });
});

describe('several units bring it', () => {
  const rule = object('networking.istio.io/v1', 'DestinationRule', 'shop.rule');
  const other = rule.replace('spec: {}', 'spec: { host: other }');
  const unclear = {
    what: 'DestinationRule shop/shop.rule',
    why: 'units of the repository bring different ones, and nothing says which of them Rollout shop/shop needs',
  };

  it('it is taken where all are alike, and where one of them is in the very namespace', () => {
    expect(adopted(ROLLOUT, [rule, rule])).toEqual({ added: ['DestinationRule shop/shop.rule'], unprovable: [] });
    const placed = object('networking.istio.io/v1', 'DestinationRule', 'shop.rule', 'shop');
    expect(adopted(ROLLOUT, [rule, other, placed])).toEqual({
      ...{ added: ['DestinationRule shop/shop.rule'], unprovable: [] },
    });
  });

  it('none is taken where they differ, and it is said once', () => {
    expect(adopted(ROLLOUT, [rule, other])).toEqual({ added: [], unprovable: [unclear] });
    const placed = (text: string) => text.replace('shop.rule', 'shop.rule, namespace: shop');
    expect(adopted(ROLLOUT, [placed(rule), placed(other)])).toEqual({ added: [], unprovable: [unclear] });
  });

  it('routes of two environments prove nothing of either, with the reason', () => {
    const own = SHOP.split('---\n').filter((text) => !text.includes('kind: VirtualService'));
    const routes = SHOP.split('---\n').filter((text) => text.includes('kind: VirtualService'));
    const production = routes.map((text) => text.replace('hosts: [shop.example.com]', 'hosts: [shop.example.org]'));
    const { claims, unprovable } = proposal(own.join('---\n'), { others: parsed([...routes, ...production]) });
    expect(claims).toEqual([]);
    expect(unprovable[0]).toMatchObject({
      what: 'VirtualService shop/shop',
      why: expect.stringMatching(/^units of the repository bring different ones/),
    });
  });
});
