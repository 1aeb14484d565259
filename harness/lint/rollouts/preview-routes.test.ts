import { expect, test } from 'vitest';
import { parseManifestSet } from '../manifest-set.ts';
import { rolloutFindings } from './rollout-rules.ts';

const ROLLOUT = `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop }
spec: { strategy: { blueGreen: { activeService: blue, previewService: green } } }
`;

test.each([
  [
    'a share for both',
    '{ destination: { host: blue }, weight: 60 }, { destination: { host: green }, weight: 40 }',
    ['40 %'],
  ],
  [
    'nothing for the preview',
    '{ destination: { host: blue }, weight: 100 }, { destination: { host: green }, weight: 0 }',
    [],
  ],
  ['the preview alone, for testers', '{ destination: { host: green } }', []],
  ['another Service', '{ destination: { host: blue }, weight: 60 }, { destination: { host: web }, weight: 40 }', []],
])('a route of %s', (_what, destinations, shares) => {
  const route = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop }
spec: { hosts: [shop.example.com], http: [{ route: [${destinations}] }] }
`;
  const found = rolloutFindings(parseManifestSet([{ path: 'a.yaml', text: `${ROLLOUT}---\n${route}` }]));
  expect(found.map(({ code }) => code)).toEqual(shares.map(() => 'BLUE_GREEN_PREVIEW_ROUTED'));
  expect(found.map(({ sentence }) => /\d+ %/.exec(sentence)?.[0])).toEqual(shares);
});
