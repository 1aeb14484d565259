import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseManifestSet } from '../../lint/manifest-set.ts';
import { type Asked, decisionOf } from './policy-decision.ts';

const OUTSIDE: Asked = {
  client: { namespace: 'istio-system', account: 'istio-ingressgateway' },
  ...{ host: 'shop.example.com', path: '/cart/1', port: 8080 },
};

function policies(...specs: readonly string[]) {
  const texts = specs.map(
    (spec, index) =>
      `apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { name: p${index} }\nspec: ${JSON.stringify(parse(spec))}\n`,
  );
  return parseManifestSet([{ path: 'a.yaml', text: texts.join('---\n') }]).objects;
}

function said(specs: readonly string[], change: Partial<Asked> = {}) {
  const { denials, silent } = decisionOf(policies(...specs), { ...OUTSIDE, ...change });
  return [...denials.map(({ name }) => `denied by ${name}`), ...silent.map(({ name }) => `not allowed by ${name}`)];
}

const allow = (rules: string) => `{ rules: ${rules} }`;
const deny = (rules: string) => `{ action: DENY, rules: ${rules} }`;

describe('what policies say to a GET without a token', () => {
  it.each([
    ['no policy', [], []],
    ['nothing is allowed', ['{}'], ['not allowed by p0']],
    ['everything is', [allow('[{}]')], []],
    ['one of two allows it', ['{}', allow('[{ to: [{ operation: { methods: [GET] } }] }]')], []],
    ['another method', [allow('[{ to: [{ operation: { methods: [POST] } }] }]')], ['not allowed by p0']],
    ['the beginning of a path', [allow('[{ to: [{ operation: { paths: [/cart/*] } }] }]')], []],
    ['another path', [allow('[{ to: [{ operation: { paths: [/cart] } }] }]')], ['not allowed by p0']],
    ['a template', [allow('[{ to: [{ operation: { paths: ["/{*}/{*}"] } }] }]')], []],
    ['a template of the rest', [allow('[{ to: [{ operation: { paths: ["/cart/{**}"] } }] }]')], []],
    ['a template of another depth', [allow('[{ to: [{ operation: { paths: ["/{*}"] } }] }]')], ['not allowed by p0']],
    [
      'the gateway by its principal',
      [allow('[{ from: [{ source: { principals: ["*/ns/istio-system/sa/*"] } }] }]')],
      ['not allowed by p0'],
    ],
    ['any of the mesh', [allow('[{ from: [{ source: { principals: ["*"] } }] }]')], []],
    ['its namespace', [allow('[{ from: [{ source: { namespaces: [istio-system] } }] }]')], []],
    [
      'another gateway',
      [allow('[{ from: [{ source: { principals: [cluster.local/ns/edge/sa/edge] } }] }]')],
      ['not allowed by p0'],
    ],
    ['its account', [allow('[{ from: [{ source: { serviceAccounts: [istio-ingressgateway] } }] }]')], []],
    ['addresses', [allow('[{ from: [{ source: { ipBlocks: [10.0.0.0/8] } }] }]')], ['not allowed by p0']],
    ['all addresses', [allow('[{ from: [{ source: { ipBlocks: [0.0.0.0/0] } }] }]')], []],
    ['a header', [allow('[{ when: [{ key: "request.headers[x-user]", values: ["*"] }] }]')], ['not allowed by p0']],
    ['no such header', [allow('[{ when: [{ key: "request.headers[x-user]", notValues: [eve] }] }]')], []],
    ['its port', [allow('[{ when: [{ key: destination.port, values: ["8080"] }] }]')], []],
    ['another host', [deny('[{ to: [{ operation: { notHosts: [Shop.example.com] } }] }]')], []],
    ['a path that is denied', [deny('[{ to: [{ operation: { paths: [/cart/*] } }] }]')], ['denied by p0']],
    ['all but others of the mesh', [deny('[{ from: [{ source: { notNamespaces: [shop] } }] }]')], ['denied by p0']],
    [
      'addresses that are denied',
      [deny('[{ from: [{ source: { remoteIpBlocks: [10.0.0.0/8] } }] }]')],
      ['denied by p0'],
    ],
  ] as const)('%s', (_, specs, expected) => {
    expect(said(specs)).toEqual(expected);
  });

  it('of a path that a route writes nothing is known', () => {
    const rules = '[{ to: [{ operation: { paths: [/cart/*] } }] }]';
    expect(said([allow(rules)], { path: undefined })).toEqual(['not allowed by p0']);
    expect(said([deny(rules)], { path: undefined })).toEqual(['denied by p0']);
  });

  it('what only logs, or is tried, refuses nobody', () => {
    expect(said(['{ action: AUDIT, rules: [{}] }'])).toEqual([]);
    const [tried] = policies('{ action: DENY, rules: [{}] }');
    const value = { ...tried!.value, metadata: { annotations: { 'istio.io/dry-run': 'true' } } };
    expect(decisionOf([{ ...tried!, value }], OUTSIDE).denials).toEqual([]);
  });
});
