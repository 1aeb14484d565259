import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../process/package-root.ts';
import { packagedFiles } from './build-package.ts';
import { importsIn } from './imports-of.ts';
import { isForDevelopment, isTestFile } from './test-helpers.ts';

const root = packageRoot();
const packaged = await packagedFiles(root);
const sources = packaged.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
const textOf = (file: string) => readFileSync(path.join(root, file), 'utf8');

/** Parts of the product that have tests and no caller yet. Whoever calls one takes its line away. */
const NOT_CALLED_YET: readonly string[] = [
  'harness/lint/rollouts/rollout-steps.ts',
  'harness/oracle/rollout-machine.ts',
  'harness/oracle/rollout-plan.ts',
  'harness/stats/multinomial-fit.ts',
  'k8s/workload/bookinfo-images.ts',
  'reports/html/matrix-page.ts',
  'reports/model/compare/report-matrix.ts',
  'reports/render-comparison.ts',
  'reports/render-matrix.ts',
  'reports/text/matrix-text.ts',
];

/** Programs that something else starts by their path, as knip is told. */
function entries(): readonly string[] {
  const { entry } = JSON.parse(textOf('knip.json')) as { entry: readonly string[] };
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Readonly<Record<string, string>> };
  const started = Object.values(scripts).flatMap((script) => script.match(/[\w/.-]+\.ts\b/g) ?? []);
  return [...entry, ...started].filter((file) => sources.includes(file));
}

/** What these import, they and their imports, or name with `new URL('./x.ts', import.meta.url)`. */
function reached(from: readonly string[], imports: (file: string) => readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [...from];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    waiting.push(...imports(file));
  }
  return found;
}

function importsOf(file: string): readonly string[] {
  const text = textOf(file);
  const named = [...text.matchAll(/new URL\('(\.{1,2}\/[^']+\.ts)', import\.meta\.url\)/g)].map(([, request]) =>
    path.posix.join(path.posix.dirname(file), request as string),
  );
  return [...importsIn(file, text), ...named].filter((name) => name.endsWith('.ts'));
}

test('the package carries nothing that no program of it reaches: such a file serves tests and is called so', () => {
  const used = reached(entries(), importsOf);
  expect(sources.filter((file) => !used.has(file) && !NOT_CALLED_YET.includes(file))).toEqual([]);
  // what is reached is there, so that nothing a program needs is taken for a helper
  expect([...used].filter((file) => !sources.includes(file))).toEqual([]);
});

test('no test, sample or fixture is packaged', () => {
  expect(packaged.length).toBeGreaterThan(300);
  expect(packaged.filter(isForDevelopment)).toEqual([]);
  expect(packaged.filter((file) => /\.test\.|fixture|testbed|\/sample-(?!size)/.test(file))).toEqual([]);
});

test('names that only look like those of helpers are none', () => {
  expect(
    [
      'harness/stats/sample-size.ts',
      'harness/run-directory/samples-file.ts',
      'harness/load/in-cluster/k6-test-run.ts',
    ].filter(isTestFile),
  ).toEqual([]);
  expect(
    ['harness/a/fake-k6.ts', 'reports/model/samples/sample-split.ts', 'k8s/workload/start-for-tests.ts'].every(
      isTestFile,
    ),
  ).toBe(true);
});
