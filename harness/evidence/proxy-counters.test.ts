import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { packageRoot } from '../process/package-root.ts';
import { COUNTER_FILTER, proxyCountersOf } from './proxy-counters.ts';

const HOST = 'reviews.bookinfo.svc.cluster.local';
const LINES = [
  `cluster.outbound|9080|reviews-v1|${HOST};.upstream_rq_200: 17`,
  `cluster.outbound|9080|reviews-v1|${HOST};.upstream_rq_503: 3`,
  `cluster.outbound|9080|reviews-v3|${HOST}.upstream_rq_200: 2`,
  `cluster.outbound|9080||${HOST};.upstream_rq_200: 5`,
  `cluster.outbound|9080|reviews-v3|${HOST};.retry.upstream_rq_503: 40`,
  `cluster.outbound|9080|reviews-v3|${HOST}.retry.upstream_rq_504: 1`,
  `cluster.outbound|9080|v1|ratings.bookinfo.svc.cluster.local;.upstream_rq_200: 99`,
];

test('status codes add up by subset; what was tried again is a book of its own', () => {
  expect(proxyCountersOf(LINES.join('\n'), HOST)).toEqual({
    counts: { 'reviews-v1': 20, 'reviews-v3': 2, '(whole host)': 5 },
    retried: { 'reviews-v3': 41 },
  });
});

test('the filter asks Envoy for these lines and not for totals, which count attempts', () => {
  const names = LINES.map((line) => line.slice(0, line.lastIndexOf(':')));
  expect(names.every((name) => new RegExp(COUNTER_FILTER).test(name))).toBe(true);
  expect(new RegExp(COUNTER_FILTER).test(`cluster.outbound|9080|v1|${HOST};.upstream_rq_total`)).toBe(false);
});

test('a proxy of our own mesh keeps these counters: Envoy has none that its matcher leaves out', () => {
  const file = path.join(packageRoot(), 'clusters/addons/manifests/istiod-values.yaml');
  const { inclusionRegexps } = parse(readFileSync(file, 'utf8')).meshConfig.defaultConfig.proxyStatsMatcher;
  const kept = (inclusionRegexps as readonly string[]).map((regexp) => new RegExp(`^(?:${regexp})$`));
  // as Istio writes a cluster's name, with a semicolon before the counter's
  const asked = LINES.map((line) => line.slice(0, line.lastIndexOf(': '))).filter((name) => name.includes(';'));
  expect(asked.filter((name) => !kept.some((regexp) => regexp.test(name)))).toEqual([]);
});
