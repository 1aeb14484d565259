import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../process/package-root.ts';
import { matchesWholly } from './go-pattern.ts';

test('all of the text, and not a part of it', () => {
  expect(matchesWholly('error|rate', 'error-rate')).toBe(false);
  expect(matchesWholly('error.*', 'error-rate')).toBe(true);
  expect(matchesWholly('(?i)RATE', 'rate')).toBe(true);
  expect(matchesWholly('a.b', 'a\nb')).toBe(false);
  expect(matchesWholly('a.b', 'a\nb', true)).toBe(true);
});

test('what is no expression of Go is said to be none', () => {
  for (const pattern of ['(', '[z-a]', 'a(?=b)', '(a)\\1', 'a'.repeat(2001)])
    expect(matchesWholly(pattern, 'ab'), pattern.slice(0, 9)).toBeUndefined();
});

test('a backtracking engine would come to no end', () => {
  expect(matchesWholly('(a+)+b', 'a'.repeat(2000))).toBe(false);
  expect(matchesWholly('(.*a){20}b', 'a'.repeat(2000))).toBe(false);
});

/** Texts in these are our own, are escaped, or are names of a few letters; k6 runs the pattern of the scenario in Go. */
const FROM_OWN_TEXT: readonly string[] = [
  'clusters/images/kind-sources.ts',
  'clusters/local/cri/cri-stats.ts',
  'harness/bench/envoy-process.ts',
  'harness/errors/hidden-words.ts',
  'harness/lint/pipelines/scan-rules.ts',
  'harness/lint/pipelines/scanners.ts',
  'harness/lint/pipelines/script-lines.ts',
  // only asks whether it is one: nothing is matched
  'harness/pattern/linear-pattern.ts',
  'harness/rollouts/analysis-query.ts',
  'harness/stage/stage-objects.ts',
  'harness/units/render/locate-in-template.ts',
  'k8s/workload/hops.ts',
  'reports/html/terms.ts',
  'scenarios/shared/receiver-identity.ts',
];

test('no other file makes an expression of the backtracking engine from a text that it was given', () => {
  const sources = ['clusters', 'harness', 'k8s', 'reports', 'scenarios'].flatMap((room) =>
    readdirSync(path.join(packageRoot(), room), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => `${room}/${file}`),
  );
  const making = sources.filter((file) =>
    /\bRegExp\(\s*[^\s/)]|\.(match|matchAll|search)\((?![/\s)])[a-z]\w*(Pattern|Glob|Regex)\b/.test(
      readFileSync(path.join(packageRoot(), file), 'utf8'),
    ),
  );
  expect(making.toSorted()).toEqual(FROM_OWN_TEXT);
});
