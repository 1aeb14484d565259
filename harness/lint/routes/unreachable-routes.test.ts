import { describe, expect, test } from 'vitest';
import { parseManifestSet } from '../manifest-set.ts';
import { coversBlock } from './match-block.ts';
import { unreachableFindings } from './unreachable-routes.ts';

const virtualService = (routes: string, protocol = 'http', name = 'shop', hosts = '[shop]'): string =>
  `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: shop }
spec:
  hosts: ${hosts}
  ${protocol}: ${routes}
`;

const to = (subset: string) => `route: [{ destination: { host: shop, subset: ${subset} } }]`;

function unreachable(text: string): string[] {
  return unreachableFindings(parseManifestSet([{ path: 'a.yaml', text }])).map(
    ({ severity, sentence }) => `${severity} ${/^route (\S+)/.exec(sentence)?.[1]}`,
  );
}

describe('a route that is never reached', () => {
  test('stands behind one for everything: testers with a header are split like everybody else', () => {
    const findings = unreachableFindings(
      parseManifestSet([
        {
          path: 'a.yaml',
          text: virtualService(
            `\n    - name: all\n      ${to('stable')}\n    - name: testers\n      match: [{ headers: { x-test: { exact: "true" } } }]\n      ${to('canary')}`,
          ),
        },
      ]),
    );
    expect(findings).toMatchObject([
      {
        code: 'ROUTE_UNREACHABLE',
        severity: 'error',
        where: 'a.yaml:9:7',
        sentence:
          'route testers of VirtualService shop/shop can never be reached: route all (line 7) takes all of its requests',
      },
    ]);
  });
  test.each([
    ['the narrower one first', `[{ match: [{ uri: { exact: /a } }], ${to('a')} }, { ${to('b')} }]`, []],
    ['the same target twice is only a remark', `[{ ${to('a')} }, { ${to('a')} }]`, ['warning 2']],
    [
      'every block of it must be taken',
      `[{ match: [{ uri: { prefix: /a } }], ${to('a')} }, { match: [{ uri: { exact: /ab } }, { uri: { exact: /c } }], ${to('b')} }]`,
      [],
    ],
    [
      'by one earlier route or by several',
      `[{ match: [{ uri: { prefix: /a } }], ${to('a')} }, { match: [{ uri: { exact: /c } }], ${to('a')} }, { match: [{ uri: { exact: /ab } }, { uri: { exact: /c } }], ${to('b')} }]`,
      ['error 3'],
    ],
  ])('%s', (_what, routes, expected) => {
    expect(unreachable(virtualService(routes))).toEqual(expected);
  });
  test('tcp: behind a route without a match; a port beside a port is reached', () => {
    expect(unreachable(virtualService(`[{ ${to('a')} }, { match: [{ port: 1 }], ${to('b')} }]`, 'tcp'))).toEqual([
      'error 2',
    ]);
    expect(
      unreachable(
        virtualService(`[{ match: [{ port: 2 }], ${to('a')} }, { match: [{ port: 1 }], ${to('b')} }]`, 'tcp'),
      ),
    ).toEqual([]);
  });
  test('a delegate takes only what its own routes match', () => {
    const root = virtualService(`[{ match: [{ uri: { prefix: / } }], delegate: { name: inner } }, { ${to('b')} }]`);
    const inner = (routes: string) => `---\n${virtualService(routes, 'http', 'inner', '[]')}`;
    expect(unreachable(root + inner(`[{ match: [{ uri: { exact: /a } }], ${to('a')} }]`))).toEqual([]);
    expect(unreachable(root + inner(`[{ ${to('a')} }]`))).toEqual(['error 2']);
    expect(unreachable(root)).toEqual([]);
  });
});

describe('one match takes all of another', () => {
  test.each([
    [{}, { uri: { exact: '/a' } }, true],
    [{ uri: { prefix: '/a' } }, { uri: { prefix: '/a/b' } }, true],
    [{ uri: { prefix: '/a/b' } }, { uri: { prefix: '/a' } }, false],
    [{ uri: { prefix: '/' } }, { headers: { a: { exact: 'b' } } }, true],
    [{ uri: { exact: '/' } }, {}, false],
    [{ uri: { regex: '/a.*' } }, { uri: { regex: '/a.*' } }, true],
    [{ uri: { regex: '/a.*' } }, { uri: { regex: '/ab.*' } }, false],
    [{ uri: { regex: '.*' } }, {}, true],
    [{ uri: { prefix: '/a' }, ignoreUriCase: true }, { uri: { prefix: '/a' } }, false],
    [{ headers: { A: {} } }, { headers: { a: { exact: 'x' } } }, true],
    [{ headers: { a: {} } }, {}, false],
    [{ headers: { a: { prefix: 'x' } } }, { headers: { a: { exact: 'xy' }, b: {} } }, true],
    [{ headers: { a: { regex: '.*' } } }, { headers: { b: {} } }, false],
    [{ withoutHeaders: { a: {} } }, { withoutHeaders: { a: {} }, method: { exact: 'GET' } }, true],
    [{ withoutHeaders: { a: {} } }, {}, false],
    [{ method: { exact: 'GET' } }, { method: { exact: 'POST' } }, false],
    [{ port: 80 }, { port: 80, uri: { exact: '/a' } }, true],
    [{ port: 80 }, {}, false],
    [{ gateways: ['mesh'] }, {}, false],
    [{}, { gateways: ['mesh'] }, true],
    [{ gateways: ['mesh', 'edge'] }, { gateways: ['mesh'] }, true],
    [{ sourceLabels: { app: 'a' } }, { sourceLabels: { app: 'a', version: 'v1' } }, true],
    [{ sourceLabels: { app: 'a' } }, {}, false],
    [{ queryParams: { q: { exact: '1' } } }, { queryParams: { q: { exact: '2' } } }, false],
    [{ somethingNew: 1 }, { somethingNew: 1 }, false],
  ])('%j takes %j: %s', (earlier, later, expected) => {
    expect(coversBlock(earlier, later)).toBe(expected);
  });
});
