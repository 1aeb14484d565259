import { describe, expect, test } from 'vitest';
import { proposal } from '../proposal-fixture.ts';

const deployment = (name: string, labels: string, image = `registry.example.com/${name}:1.0`) => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  selector: { matchLabels: { ${labels} } }
  template:
    metadata: { labels: { ${labels} } }
    spec: { containers: [{ name: main, image: "${image}", ports: [{ containerPort: 8080 }] }] }
`;
const service = (name: string, labels: string) => `---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { selector: { ${labels} }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
`;
const UNIT = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: cart, namespace: shop }
spec:
  hosts: [cart]
  http:
    - route: [{ destination: { host: cart } }]
      ROUTE
${service('cart', 'app: cart')}${deployment('cart', 'app: cart')}${deployment('front', 'app: front')}
${service('shadow', 'app: shadow')}${deployment('shadow', 'app: shadow', 'registry.example.com/cart:2.0')}`;

const withRoute = (route: string, more = '') => proposal(`${UNIT.replace('ROUTE', route)}${more}`);
const derived = (route: string, more = '') => withRoute(route, more).claims.filter(({ kind }) => kind !== 'sidecars');
const reasons = (route: string, more = '') =>
  withRoute(route, more)
    .unprovable.map(({ why }) => why)
    .join('\n');

const PATH = { kind: 'mesh', from: { app: 'front' }, service: 'cart', port: 80, path: '/', ratePerSecond: 40 };
const MIRROR = 'mirror: { host: shadow }';

describe('what a route declares is claimed', () => {
  test('a time-out, and retries of a status', () => {
    expect(derived('timeout: 2s')).toMatchObject([
      {
        id: 'shop/timeout',
        kind: 'timeout',
        timeout: '2s',
        receiver: { labels: { app: 'cart' } },
        service: 'cart',
        path: PATH,
      },
    ]);
    expect(derived('retries: { attempts: 3, retryOn: "reset,502" }')).toMatchObject([
      { kind: 'retries', attempts: 3, failWith: 502, receiver: { labels: { app: 'cart' } } },
    ]);
    expect(derived('retries: { attempts: 0 }')).toMatchObject([{ kind: 'retries', attempts: 0 }]);
  });
  test.each([
    ['all', MIRROR, 100],
    ['a part', `${MIRROR}\n      mirrorPercentage: { value: 20 }`, 20],
    ['the older spelling', `${MIRROR}\n      mirrorPercent: 30`, 30],
    ['several', 'mirrors: [{ destination: { host: shadow }, percentage: { value: 5 } }]', 5],
  ])('a mirror: %s', (_what, route, percent) => {
    expect(derived(route)).toMatchObject([
      { kind: 'mirror', percent, shadow: { labels: { app: 'shadow' } }, shadowVersion: '2.0', service: 'cart' },
    ]);
  });
  test('a mirror to pods of the same image, which their label tells apart', () => {
    const labelled = (name: string, version: string) =>
      deployment(name, `app: cart, version: ${version}`, 'registry.example.com/cart:7');
    const subsets = ['v1', 'v2'].map((version) => `{ name: ${version}, labels: { version: ${version} } }`);
    const text = `${UNIT.replace('host: cart }', 'host: cart, subset: v1 }')
      .replace('ROUTE', 'mirror: { host: cart, subset: v2 }')
      .replace(deployment('cart', 'app: cart'), labelled('cart-v1', 'v1') + labelled('cart-v2', 'v2'))}---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: cart, namespace: shop }
spec: { host: cart, subsets: [${subsets.join(', ')}] }
`;
    const { claims, images } = proposal(text);
    expect(claims.find(({ kind }) => kind === 'mirror')).toMatchObject({
      ...{ shadow: { labels: { app: 'cart', version: 'v2' } }, shadowVersion: 'v2', service: 'cart' },
    });
    expect(images[0]?.standIn).toMatchObject({ SERVICE: 'cart', VERSION: '{label:version:-{tag}}' });
  });
  test('mutual TLS of a whole namespace', () => {
    const policy = (mode: string, selector = '') =>
      `---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: { name: own, namespace: shop }\nspec: { ${selector}mtls: { mode: ${mode} } }\n`;
    expect(derived('name: x', policy('STRICT'))).toMatchObject([
      { kind: 'strict-mtls', namespaces: ['shop'], service: 'cart', path: { ...PATH, ratePerSecond: 50 } },
    ]);
    expect(derived('name: x', policy('PERMISSIVE'))).toEqual([]);
    expect(derived('name: x', policy('STRICT', 'selector: { matchLabels: { app: cart } }, '))).toEqual([]);
  });
});

describe('what a claim could not count is no claim, and said', () => {
  const rule = (policy: string) =>
    `---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: { name: cart, namespace: shop }\nspec: { host: cart, trafficPolicy: { ${policy} } }\n`;
  test.each([
    [
      'tries that end before',
      'timeout: 2s\n      retries: { attempts: 0, perTryTimeout: 500ms }',
      '',
      'perTryTimeout is shorter',
    ],
    ['a long time-out', 'timeout: 5m', '', 'longer than a claim waits for'],
    ['retries without a status', 'retries: { attempts: 2 }', '', 'names no status'],
    ['faults of its own', 'timeout: 2s\n      fault: { abort: { httpStatus: 500 } }', '', 'injects faults by itself'],
    [
      'pods that are ejected',
      'retries: { attempts: 2, retryOn: 5xx }',
      rule('outlierDetection: { consecutive5xxErrors: 3 }'),
      'ejects pods',
    ],
    ['a mirror to who answers', 'mirror: { host: cart }', '', 'answer clients as well'],
    ['a mirror to nobody', 'mirror: { host: nobody }', '', 'selects no pods'],
  ])('%s', (_what, route, more, why) => {
    expect(reasons(route, more)).toContain(why);
  });
  test('nothing is said of a route without promises', () => {
    expect(withRoute('timeout: 0s').claims).toEqual([]);
    expect(reasons('timeout: 0s')).toBe('');
  });
});

test('a run with short pauses proves two of a kind', () => {
  const routes = ['a', 'b', 'c'].map(
    (path) =>
      `    - match: [{ uri: { prefix: /${path} } }]\n      timeout: 1s\n      route: [{ destination: { host: cart } }]\n`,
  );
  const text = UNIT.replace('    - route: [{ destination: { host: cart } }]\n      ROUTE\n', routes.join(''));
  expect(proposal(text).claims.map(({ id }) => id)).toEqual(['shop/sidecars', 'shop/timeout', 'shop/timeout-2']);
  expect(proposal(text).unprovable).toHaveLength(1);
  expect(proposal(text, { realPauses: true }).claims).toHaveLength(4);
});
