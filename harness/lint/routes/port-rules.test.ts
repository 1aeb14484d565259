import { describe, expect, test } from 'vitest';
import { lintManifests } from '../lint-manifests.ts';
import { parseManifestSet } from '../manifest-set.ts';
import { routeFindings } from './route-rules.ts';

const object = (kind: string, name: string, spec: string, group = 'networking.istio.io/v1'): string =>
  `apiVersion: ${group}\nkind: ${kind}\nmetadata: { name: ${name}, namespace: shop }\nspec: ${spec}\n`;
const service = (ports: string, selector = 'app: shop') =>
  object('Service', 'shop', `{ selector: { ${selector} }, ports: [${ports}] }`, 'v1');
const routes = (destination: string, gateways = '') =>
  object(
    'VirtualService',
    'shop',
    `{ hosts: [shop.example.com], ${gateways}http: [{ route: [{ destination: { ${destination} } }] }] }`,
  );
const pods = (ports: string) =>
  object(
    'Rollout',
    'shop',
    `{ template: { metadata: { labels: { app: shop } }, spec: { containers: [{ name: shop, ports: [${ports}] }] } } }`,
    'argoproj.io/v1alpha1',
  );

const CODES = /^(ROUTE_PORT_|SERVICE_TARGET_PORT|GATEWAY_REFUSED)/;
function judged(...texts: readonly string[]): string[] {
  const set = parseManifestSet([{ path: 'a.yaml', text: texts.join('---\n') }]);
  return routeFindings(set, 'error')
    .filter(({ code }) => CODES.test(code))
    .map(({ severity, code }) => `${severity} ${code}`);
}

describe('the port of a destination', () => {
  test.each([
    ['is one of the Service', 'host: shop, port: { number: 80 }', '{ port: 80, targetPort: 8080 }', []],
    [
      'is that of the container',
      'host: shop, port: { number: 8080 }',
      '{ port: 80, targetPort: 8080 }',
      ['error ROUTE_PORT_MISSING'],
    ],
    ['of a Service elsewhere', 'host: other, port: { number: 8080 }', '{ port: 80 }', []],
    ['of a Service without any', 'host: shop, port: { number: 8080 }', '', []],
  ])('%s', (_what, destination, ports, expected) => {
    expect(judged(service(ports), routes(destination))).toEqual(expected);
  });
  test('of one of two Services of a name is enough', () => {
    expect(
      judged(service('{ port: 80 }'), service('{ port: 8080 }'), routes('host: shop, port: { number: 8080 }')),
    ).toEqual([]);
  });

  const gateway = (port: number) =>
    object('Gateway', 'edge', `{ servers: [{ port: { number: ${port}, name: http, protocol: HTTP }, hosts: ["*"] }] }`);
  const two = '{ name: http, port: 9080 }, { name: metrics, port: 9090 }';
  test.each([
    [
      'unsaid, of two, and none is that of the gateway',
      [service(two), routes('host: shop', 'gateways: [edge], '), gateway(80)],
      ['error ROUTE_PORT_UNSAID'],
    ],
    [
      'unsaid, and the gateway has the same',
      [service(two), routes('host: shop', 'gateways: [edge], '), gateway(9080)],
      [],
    ],
    ['unsaid, of one', [service('{ port: 9080 }'), routes('host: shop', 'gateways: [edge], '), gateway(80)], []],
    ['unsaid in the mesh', [service(two), routes('host: shop', 'gateways: [edge, mesh], '), gateway(80)], []],
    ['unsaid at a gateway of somebody else', [service(two), routes('host: shop', 'gateways: [edge], ')], []],
  ])('%s', (_what, texts, expected) => {
    expect(judged(...texts)).toEqual(expected);
  });
});

describe('a port of pods by name', () => {
  const named = service('{ name: http, port: 80, targetPort: http }');
  test.each([
    ['is declared', [named, pods('{ name: http, containerPort: 8080 }'), routes('host: shop')], []],
    [
      'is not, and a route leads there',
      [named, pods('{ containerPort: 8080 }'), routes('host: shop')],
      ['error SERVICE_TARGET_PORT_MISSING'],
    ],
    ['is not, and no route leads there', [named, pods('')], ['warning SERVICE_TARGET_PORT_MISSING']],
    [
      'of pods that are elsewhere',
      [service('{ port: 80, targetPort: http }', 'app: web'), pods(''), routes('host: shop')],
      [],
    ],
    ['of an injected proxy', [service('{ port: 15090, targetPort: http-envoy-prom }'), pods('')], []],
    ['is a number in quotes', [service('{ port: 80, targetPort: "8080" }'), pods('')], []],
  ])('%s', (_what, texts, expected) => {
    expect(judged(...texts)).toEqual(expected);
  });
});

describe('a server of a Gateway', () => {
  const server = (protocol: string, tls: string, name = 'a') =>
    `{ port: { number: 443, ${name === '' ? '' : `name: ${name}, `}protocol: ${protocol} }, hosts: ["*"]${tls === '' ? '' : `, tls: ${tls}`} }`;
  test.each([
    ['HTTPS without tls', server('HTTPS', ''), true],
    ['HTTPS with a Secret', server('HTTPS', '{ mode: SIMPLE, credentialName: a }'), false],
    ['HTTPS with files', server('HTTPS', '{ mode: SIMPLE, serverCertificate: /a, privateKey: /b }'), false],
    ['HTTPS with half of the files', server('HTTPS', '{ mode: SIMPLE, serverCertificate: /a }'), true],
    ['TLS that is passed on', server('TLS', '{ mode: PASSTHROUGH }'), false],
    ['Istio certificates', server('HTTPS', '{ mode: ISTIO_MUTUAL }'), false],
    ['HTTP that redirects', server('HTTP', '{ httpsRedirect: true }'), false],
    ['HTTP with a certificate', server('HTTP', '{ mode: SIMPLE, credentialName: a }'), true],
    ['TCP with TLS', server('TCP', '{ mode: PASSTHROUGH }'), true],
    ['a port without a name', server('HTTP', '', ''), true],
    ['two ports of one name', `${server('HTTP', '')}, ${server('HTTP', '')}`, true],
    ['two ports of two names', `${server('HTTP', '')}, ${server('HTTP', '', 'b')}`, false],
  ])('%s', (_what, servers, isRefused) => {
    expect(judged(object('Gateway', 'edge', `{ servers: [${servers}] }`))).toEqual(
      isRefused ? ['error GATEWAY_REFUSED'] : [],
    );
  });
});

describe('routes of HTTP for ports that are not HTTP', () => {
  const stock = (port: string, spec: string) =>
    lintManifests(
      [
        {
          path: 'stock.yaml',
          text: `apiVersion: v1
kind: Service
metadata: { name: stock }
spec: { selector: { app: stock }, ports: [{ port: 80, ${port} }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: stock }
spec: { hosts: [stock], ${spec} }
`,
        },
      ],
      { namespace: 'shop' },
    )
      .filter(({ code }) => code === 'ROUTE_PROTOCOL_MISMATCH')
      .map(({ severity, sentence, where }) => `${severity} ${where} ${sentence}`);
  const split = 'route: [{ destination: { host: a }, weight: 9 }, { destination: { host: b }, weight: 1 }]';
  const http = `http: [{ ${split} }]`;

  test('are never seen in the mesh', () => {
    expect(stock('name: tcp', http)).toEqual([
      'error stock.yaml:9:31 VirtualService shop/stock has routes of HTTP for stock, whose ports are tcp: callers in the mesh never see them, and are split by pod count',
    ]);
    expect(stock('name: https-web', `gateways: [mesh, edge], ${http}`)).toEqual([expect.stringMatching(/^warning /)]);
    expect(stock('name: tcp', 'http: [{ timeout: 1s, route: [{ destination: { host: stock } }] }]')).toEqual([
      expect.stringMatching(/^warning .*never see them$/),
    ]);
  });

  test.each([
    ['name: http', http],
    ['name: http', `tcp: [{ ${split} }]`],
    ['name: grpc-web', http],
    ['name: web', http],
    ['name: tcp, appProtocol: http', http],
    ['name: tcp', `gateways: [edge], ${http}`],
    ['name: tcp', `tcp: [{ ${split} }]`],
    ['name: tcp }, { port: 81, name: http', http],
    ['name: tcp', `${http}, tcp: [{ ${split} }]`],
  ])('may be seen at a port with %s of %s', (port, spec) => {
    expect(stock(port, spec)).toEqual([]);
  });
});
