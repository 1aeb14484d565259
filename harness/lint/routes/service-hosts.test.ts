import { describe, expect, it } from 'vitest';
import { coversHost, fullHost, serviceOfHost } from './service-hosts.ts';

describe('serviceOfHost', () => {
  it.each([
    ['reviews', { service: 'reviews', namespace: 'shop' }],
    ['reviews.other.svc.cluster.local', { service: 'reviews', namespace: 'other' }],
    ['reviews.other.svc', { service: 'reviews', namespace: 'other' }],
    ['reviews.other', undefined],
    ['www.example.com', undefined],
    ['*', undefined],
    ['*.shop.svc.cluster.local', undefined],
    ['', undefined],
  ])('%j', (host, expected) => {
    expect(serviceOfHost(host, 'shop')).toEqual(expected);
  });
});

describe('fullHost', () => {
  it('has one spelling for a Service', () => {
    const spellings = ['reviews', 'reviews.shop.svc', 'reviews.shop.svc.cluster.local'];
    expect(new Set(spellings.map((host) => fullHost(host, 'shop')))).toEqual(
      new Set(['reviews.shop.svc.cluster.local']),
    );
    expect(fullHost('www.example.com', 'shop')).toBe('www.example.com');
  });
});

describe('coversHost', () => {
  it.each([
    ['*', 'a.b', true],
    ['*.b', 'a.b', true],
    ['*.b', 'b', false],
    ['a.b', 'a.b', true],
    ['a.b', 'x.a.b', false],
  ])('%s covers %s: %s', (pattern, host, expected) => {
    expect(coversHost(pattern, host)).toBe(expected);
  });
});
