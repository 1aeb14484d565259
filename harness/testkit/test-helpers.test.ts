import { expect, test } from 'vitest';
import { packageRoot } from '../process/package-root.ts';
import { packagedFiles } from './build-package.ts';
import { isForDevelopment, isTestFile } from './test-helpers.ts';

const packaged = await packagedFiles(packageRoot());

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
