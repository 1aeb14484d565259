import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { ManifestFile } from '../../lint/manifest-set.ts';
import { lintLoadTest } from './lint.ts';
import { CLAIM, loadTestFiles } from './load-test-fixture.ts';

const context = (files: readonly ManifestFile[]) => ({
  ...{ files, home: 'bookinfo', where: 'profile.yaml', application: undefined, applicationFile: 'application.yaml' },
});
const found = (files: readonly ManifestFile[]) => lintLoadTest(CLAIM, context(files));

const CONFIG_MAP = {
  ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'script' } },
  data: { 'main.js': 'export function handleSummary(data) {}' },
};
const container = {
  name: 'k6',
  args: ['run', '/test/main.js'],
  volumeMounts: [{ name: 'script', mountPath: '/test/' }],
};
const pod = {
  restartPolicy: 'Never',
  containers: [container],
  volumes: [{ name: 'script', configMap: { name: 'script' } }],
};
const spec = { backoffLimit: 0, activeDeadlineSeconds: 60, template: { spec: pod } };

function files(
  change: { spec?: object; pod?: object; container?: object; configMap?: object } = {},
): readonly ManifestFile[] {
  const containers = [
    { name: 'other', args: ['serve'] },
    { ...container, ...change.container },
  ];
  const job = {
    ...{ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'load' } },
    spec: { ...spec, template: { spec: { ...pod, containers, ...change.pod } }, ...change.spec },
  };
  const text = [job, { ...CONFIG_MAP, ...change.configMap }].map((one) => stringify(one)).join('---\n');
  return [{ path: CLAIM.job, text }];
}

test('the load test of the profile, and a plain one, are silent', async () => {
  expect(found(await loadTestFiles())).toEqual([]);
  expect(found(files())).toEqual([]);
  expect(found(files({ container: { command: ['k6', 'run', '--quiet', '/test/main.js'], args: [] } }))).toEqual([]);
});

test.each([
  ['no file', [], 'LOAD_TEST_JOB_MISSING', 'load-testing/k6-load-test.yaml holds no Job'],
  ['two Jobs', [...files(), ...files()], 'LOAD_TEST_JOB_MISSING', 'load-testing/k6-load-test.yaml holds 2 Jobs'],
  [
    'no k6',
    files({ container: { args: ['serve'] } }),
    'LOAD_TEST_NOT_K6',
    'no container of Job bookinfo/load runs k6 with a script',
  ],
  [
    'no volume',
    files({ pod: { volumes: [] } }),
    'LOAD_TEST_SCRIPT_MISSING',
    'no ConfigMap in Git that it mounts there holds main.js',
  ],
  ['another key', files({ configMap: { data: { 'other.js': '' } } }), 'LOAD_TEST_SCRIPT_MISSING', '(it mounts script)'],
  ['seven tries', files({ spec: { backoffLimit: undefined } }), 'LOAD_TEST_SEVERAL_RUNS', 'up to 6 times'],
  ['two pods', files({ spec: { parallelism: 2 } }), 'LOAD_TEST_SEVERAL_RUNS', 'in several pods'],
  ['a restart', files({ pod: { restartPolicy: 'OnFailure' } }), 'LOAD_TEST_SEVERAL_RUNS', 'start k6 again'],
  [
    'no deadline',
    files({ spec: { activeDeadlineSeconds: undefined } }),
    'LOAD_TEST_WITHOUT_DEADLINE',
    'stays for ever',
  ],
  [
    'no summary',
    files({ configMap: { data: { 'main.js': '' } } }),
    'LOAD_TEST_WITHOUT_SUMMARY',
    'exports no handleSummary',
  ],
] as const)('%s is found', (_, declared, code, words) => {
  expect(found(declared)).toMatchObject([{ code, sentence: expect.stringContaining(words) }]);
});
