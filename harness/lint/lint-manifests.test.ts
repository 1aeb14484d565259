import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { lintManifests } from './lint-manifests.ts';

const FIXTURES = path.join(import.meta.dirname, 'fixtures');

function fixture(name: string) {
  return { path: name, text: readFileSync(path.join(FIXTURES, name), 'utf8') };
}

/** Fixture -> every finding as `severity CODE line:column part of the sentence`. */
const FINDINGS: Record<string, readonly string[]> = {
  'valid-split.yaml': [],
  'valid-hosts.yaml': [],
  'invalid-weights-sum.yaml': [
    'error ROUTE_WEIGHTS_SUM 40:9 VirtualService cart has weights that sum to 95, not 100 (90 + 5)',
  ],
  'invalid-weights-zero.yaml': ['error ROUTE_WEIGHTS_SUM 40:9 VirtualService cart has weights that sum to 0, not 100'],
  'invalid-weight-values.yaml': [
    'error ROUTE_WEIGHT_INVALID 41:19 the weight 99.5',
    'error ROUTE_WEIGHT_INVALID 43:19 the weight -1',
  ],
  'invalid-weight-missing.yaml': ['warning ROUTE_WEIGHT_MISSING 42:11 gives cart (canary) no weight'],
  'invalid-subset-missing.yaml': [
    'error ROUTE_SUBSET_MISSING 42:46 VirtualService cart routes to subset canari of cart, which no DestinationRule defines',
  ],
  'invalid-host-without-service.yaml': [
    'error ROUTE_HOST_WITHOUT_SERVICE 42:32 routes to basket, but there is no Service basket',
  ],
  'invalid-gateway-only.yaml': ['warning ROUTE_NOT_IN_MESH 38:13 bound to shop-gateway and not to mesh'],
  'invalid-subset-without-pods.yaml': [
    'error SUBSET_WITHOUT_PODS 31:7 selects no pod template (app=cart, version=v3), but a route sends traffic to it',
  ],
  'invalid-duplicate.yaml': ['error OBJECT_DUPLICATE 45:1 VirtualService cart is declared twice'],
  'invalid-syntax.yaml': [
    'error MANIFEST_YAML_SYNTAX 42:1 block sequence',
    'error MANIFEST_YAML_SYNTAX 43:1 same column',
  ],
};

describe('lintManifests', () => {
  it.each(Object.entries(FINDINGS))('%s', (name, expected) => {
    const findings = lintManifests([fixture(name)]);
    expect(findings).toHaveLength(expected.length);
    expected.forEach((text, index) => {
      const [severity, code, place, ...part] = text.split(' ');
      expect(findings[index]).toMatchObject({ severity, code, where: `${name}:${place}`, layer: 'manifest' });
      expect(findings[index]!.sentence).toContain(part.join(' '));
    });
  });

  it('has an expectation for every fixture', () => {
    const names = readdirSync(FIXTURES).filter((name) => name.endsWith('.yaml'));
    expect(names.sort()).toEqual(Object.keys(FINDINGS).sort());
  });

  it('takes a route that callers in the mesh need more seriously', () => {
    const file = fixture('invalid-gateway-only.yaml');
    const severityFor = (neededInMesh: { name: string; namespace?: string }[]) =>
      lintManifests([file], { namespace: 'shop', neededInMesh }).map(({ severity }) => severity);
    expect(severityFor([{ name: 'cart' }])).toEqual(['error']);
    expect(severityFor([{ name: 'cart', namespace: 'shop' }])).toEqual(['error']);
    expect(severityFor([{ name: 'cart', namespace: 'web' }])).toEqual(['warning']);
    const frontDoor = { path: 'a.yaml', text: file.text.replace('hosts: [cart]', 'hosts: [shop.example.com]') };
    expect(lintManifests([frontDoor])).toEqual([]);
    expect(lintManifests([frontDoor], { neededInMesh: [{ name: 'cart' }] })).toMatchObject([
      { code: 'ROUTE_NOT_IN_MESH', severity: 'error' },
    ]);
  });

  it('says what Istio would do with other sums', () => {
    expect(lintManifests([fixture('invalid-weights-sum.yaml')])[0]!.hint).toBe(
      'Istio divides by 95: the shares would be 94.74 %, 5.26 %.',
    );
  });

  it('tells an unused subset from one that gets traffic', () => {
    const file = fixture('invalid-subset-without-pods.yaml');
    const unused = {
      ...file,
      text: file.text.replace('weight: 90', 'weight: 100').replace('weight: 10\n', 'weight: 0\n'),
    };
    expect(lintManifests([unused])).toMatchObject([{ code: 'SUBSET_WITHOUT_PODS', severity: 'info' }]);
  });

  it('finds the same object in two files, also under another version of its group and a default namespace', () => {
    const [a, b] = ['shop', undefined].map((namespace, index) => ({
      path: `${index}.yaml`,
      text: JSON.stringify({
        apiVersion: `apps/v${index + 1}`,
        kind: 'Deployment',
        metadata: { name: 'cart', namespace },
      }),
    }));
    expect(lintManifests([a!, b!], { namespace: 'shop' })).toMatchObject([
      { code: 'OBJECT_DUPLICATE', where: '1.yaml:1:1', hint: expect.stringContaining('0.yaml:1:1') },
    ]);
    expect(lintManifests([a!, b!], { namespace: 'web' })).toEqual([]);
  });

  it('reads only manifests, and survives whatever they hold', () => {
    const strange = [
      '',
      '---',
      'null',
      '[]',
      '7',
      'kind: VirtualService',
      'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: x}\nspec: {http: [null, {route: [null, 3]}, {route: 5}], gateways: 4}',
      'apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: x}\nspec: {host: 3, subsets: [null, {labels: []}]}',
      'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: x}\nspec: {sources: [null, 3, {path: 5}], source: 2}',
    ];
    expect(() => lintManifests(strange.map((text, index) => ({ path: `${index}.yaml`, text })))).not.toThrow();
    expect(lintManifests([{ path: 'chart/templates/a.tpl', text: '{{ not: yaml' }])).toEqual([]);
  });

  it('sorts by file and line', () => {
    const findings = lintManifests(
      [fixture('invalid-weight-values.yaml'), fixture('invalid-host-without-service.yaml')],
      {},
    );
    const places = findings.map(({ where }) => where!);
    expect(places.length).toBeGreaterThan(3);
    expect(places).toEqual(places.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })));
  });
});
