import { expect, test } from 'vitest';
import { proposal } from '../proposal-fixture.ts';
import { SHOP, VERSIONED_SPLIT } from '../repository-fixture.ts';

const policy = (spec: string, namespace = '', name = 'guard') =>
  `---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { name: ${name}${namespace && `, namespace: ${namespace}`} }\nspec: ${spec}\n`;

function about(text: string) {
  const { changes, claims } = proposal(text);
  return {
    claims,
    said: changes
      .filter(({ add, drop }) => [add?.kind, drop?.kind].includes('AuthorizationPolicy'))
      .map(({ add, drop, reason }) => `${add ? `added ${add.metadata.name}` : `dropped ${drop?.name}`}: ${reason}`),
  };
}

const GATEWAY_OF_OTHERS = 'cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account';

test('policies that let the clients of the run in stay as they are', () => {
  expect(about(`${SHOP}${policy('{ rules: [{ from: [{ source: { namespaces: [istio-system] } }] }] }')}`).said).toEqual(
    [],
  );
  // it is about other pods
  expect(about(`${SHOP}${policy('{ selector: { matchLabels: { app: other } } }')}`).said).toEqual([]);
  expect(about(`${SHOP}${policy('{ targetRefs: [{ kind: Gateway, name: waypoint }] }')}`).said).toEqual([]);
});

test('where none allows them, one more does, for the pods that are proven', () => {
  const allowed = policy(`{ rules: [{ from: [{ source: { principals: [${GATEWAY_OF_OTHERS}] } }] }] }`);
  const { said } = about(`${SHOP}${policy('{}', '', 'nothing')}${allowed}`);
  expect(said).toEqual([
    'added clients-of-the-run-shop: none of AuthorizationPolicy shop/nothing, AuthorizationPolicy shop/guard allows no client of the run: GET /catalog without a token, through its ingress gateway',
  ]);
});

test('one that denies them goes, and so do those that want a token', () => {
  expect(
    about(`${SHOP}${policy('{ action: DENY, rules: [{ to: [{ operation: { methods: [GET] } }] }] }')}`).said,
  ).toEqual([
    'dropped guard: it denies clients of the run, or may: GET /catalog without a token, through its ingress gateway',
  ]);
  const token = policy('{ rules: [{ from: [{ source: { requestPrincipals: ["*"] } }] }] }', '', 'token');
  expect(about(`${SHOP}${policy('{}', '', 'nothing')}${token}`).said).toEqual([
    'dropped token: clients of the run bring no token',
    'added clients-of-the-run-shop: AuthorizationPolicy shop/nothing allows no client of the run: GET /catalog without a token, through its ingress gateway',
  ]);
});

test('the gateway of the run is asked, too', () => {
  const office = '{ rules: [{ from: [{ source: { remoteIpBlocks: [203.0.113.0/24] } }] }], ';
  const { said } = about(`${SHOP}${policy(`${office} selector: { matchLabels: { istio: edge } } }`, 'istio-system')}`);
  expect(said).toEqual([
    'added clients-of-the-run-ingress: AuthorizationPolicy istio-system/guard allows no client of the run: GET /catalog without a token, through its ingress gateway',
  ]);
});

test('a path that they allow is asked for, where a route takes it', () => {
  const paths = policy('{ rules: [{ to: [{ operation: { paths: [/healthz, /cart/*] } }] }] }', 'web');
  const { claims, said } = about(`${VERSIONED_SPLIT}${paths}`);
  const [split] = claims.filter(({ kind }) => kind === 'traffic-split');
  expect(split?.paths).toMatchObject([{ path: '/healthz' }]);
  expect(said).toEqual([]);
});
