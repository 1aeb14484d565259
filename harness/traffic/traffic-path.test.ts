import { expect, test } from 'vitest';
import { parseIdentify } from '../documents/identify-kinds.ts';
import { readVersion, versionReader } from './traffic-path.ts';

const HOPS = 'page=v9@page-1;cart=v2@cart-1';

test.each([
  ['header:x-canaryproof-hops', HOPS, 'v2'],
  ['header:x-canaryproof-hops', 'page=v9@page-1', null],
  // what is left of a chain is no name
  ['header:x-canaryproof-hops', 'cart=v2@cart-1;pa', null],
  ['header:x-canaryproof-hops', 'v2', null],
  ['proxy', HOPS, 'v2'],
  ['proxy', '', null],
  // a program of the user's says its version, and nothing of services
  ['header:x-version', 'v2', 'v2'],
  ['header:x-version', '', null],
  ['json:version', '2024.1+build=7', '2024.1+build=7'],
  // a service of theirs that passes the chain on
  ['regex:hops: (.*)', HOPS, 'v2'],
])('%s: %s is %s', (how, identity, version) => {
  const identify = parseIdentify(how);
  expect(readVersion(identity, 'cart', identify)).toBe(version);
  const read = versionReader('cart', identify);
  const sample = { ...{ sequence: 0, startMs: 0, endMs: 0, status: 200, errorCode: 0, vu: 1 }, identity };
  expect([read(sample), read(sample)]).toEqual([version, version]);
});
