import { describe, expect, test } from 'vitest';
import { proposal } from './proposal-fixture.ts';
import { SHOP, VERSIONED_SPLIT } from './repository-fixture.ts';

const ROUTE = 'hosts: [shop.example.com]\n  gateways: [shop-gateway]';

/** By claim, where its clients are and what they ask for. */
function asked(text: string, change = {}) {
  return proposal(text, change).claims.flatMap(({ id, paths }) =>
    ((paths ?? []) as Readonly<Record<string, unknown>>[]).map(
      ({ kind, host, service }) => `${id} ${String(kind)} ${String(host ?? service)}`,
    ),
  );
}

describe('the host that clients ask for', () => {
  test('is that of each route, where there are several', () => {
    const named = VERSIONED_SPLIT.replace('hosts: ["*"]', 'hosts: [front.example.com]');
    expect(asked(`${SHOP}---\n${named}`)).toEqual([
      'shop/shop-canary-steps ingress shop.example.com',
      'shop/front-split ingress front.example.com',
    ]);
    expect(asked(`${SHOP}---\n${VERSIONED_SPLIT}`)).toContain('shop/front-split ingress shop.example.com');
  });

  test('is one that a user names, where the route takes it', () => {
    const named = (hosts: string) =>
      asked(SHOP.replace(ROUTE, `hosts: ${hosts}\n  gateways: [away/edge]`), { host: 'my.example.com' });
    expect(named('["*.example.com"]')).toEqual(['shop/canary-steps ingress my.example.com']);
    expect(named('[own.example.com]')).toEqual(['shop/canary-steps ingress own.example.com']);
  });

  test('may be no host of the outside, where the Gateway opens all', () => {
    const plain = SHOP.replace(ROUTE, 'hosts: [inner]\n  gateways: [shop-gateway]');
    expect(asked(plain.replace('hosts: [shop.example.com]', 'hosts: ["*"]'))).toEqual([
      'shop/canary-steps ingress inner',
    ]);
  });
});

describe('a route whose host no Gateway of it opens', () => {
  const client = `apiVersion: apps/v1
kind: Deployment
metadata: { name: client }
spec:
  selector: { matchLabels: { app: client } }
  template:
    metadata: { labels: { app: client } }
    spec: { containers: [{ name: client, image: "example.com/client:v1" }] }
---
`;
  const closed = (gateways: string) => client + SHOP.replace(ROUTE, `hosts: [shop-stable]\n  gateways: [${gateways}]`);

  test('is asked from the mesh, and its copies at the ingress, where they have a host of their own', () => {
    expect(asked(closed('shop-gateway, mesh'))).toEqual(['shop/canary-steps mesh shop-stable']);
    const kinds = proposal(closed('shop-gateway, mesh')).claims.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['undo', 'no-lost-request', 'rollback-threshold']));
  });

  test('is asked at the ingress all the same where there is no other way: that shows it', () => {
    expect(asked(closed('shop-gateway'))).toEqual(['shop/canary-steps ingress shop.example.com']);
  });
});
