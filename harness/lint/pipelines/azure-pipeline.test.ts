import { expect, test } from 'vitest';
import type { Finding } from '../manifest-set.ts';
import { gateOf } from './approval-gates.ts';
import type { Pipeline } from './pipeline.ts';
import { readPipeline, variablesGiven } from './read-pipeline.ts';
import { scanFindings } from './scan-rules.ts';
import { stageFindings } from './stage-rules.ts';

const STAGED = `
trigger: [main]
variables: { TF_VAR_region: westeurope }
stages:
  - stage: build
    jobs:
      - job: build
        steps: [{ script: make }]
  - stage: scan
    jobs:
      - job: image
        steps:
          - bash: |
              trivy image --exit-code 1 --severity HIGH,CRITICAL app
  - stage: dev
    jobs:
      - deployment: app
        environment: dev
        strategy: { runOnce: { deploy: { steps: [{ script: ./deploy.sh, env: { TF_VAR_size: "2" } }] } } }
  - stage: prod
    jobs:
      - job: approve
        pool: server
        steps:
          - task: ManualValidation@1
            inputs: { notifyUsers: "", approvers: release-managers }
      - deployment: app
        dependsOn: approve
        environment: prod.cluster
        strategy: { runOnce: { deploy: { steps: [{ script: ./deploy.sh }] } } }
`;
const PATH = 'azure-pipelines.yml';
const STAGES = ['build', 'scan', 'dev', 'prod'].map((name) => ({ name, jobs: [name] }));

function read(text = STAGED): Pipeline {
  const pipeline = readPipeline([{ path: PATH, text }], PATH);
  if (!('jobs' in pipeline)) throw new TypeError(pipeline.sentence);
  return pipeline;
}
const codes = (findings: readonly Finding[]) => findings.map(({ code, where }) => `${code} ${where}`);
const scan = (text: string, severity?: 'high' | 'medium') =>
  codes(scanFindings(read(text), { job: 'scan', tool: 'trivy', severity }, STAGES, () => undefined));

test('stages come one after the other where they do not say otherwise', () => {
  expect(stageFindings(read(), STAGES)).toEqual([]);
  const parallel = STAGED.replace('- stage: dev', '- stage: dev\n    dependsOn: build');
  expect(codes(stageFindings(read(parallel), STAGES))).toEqual([`PIPELINE_ORDER ${PATH}:15:5`]);
  const first = STAGED.replace('- stage: dev', '- stage: dev\n    dependsOn: []');
  expect(codes(stageFindings(read(first), STAGES))).toEqual([`PIPELINE_ORDER ${PATH}:15:5`]);
});

test('a stage that runs after a failure, and one that waits for itself', () => {
  const always = STAGED.replace('- stage: dev', '- stage: dev\n    condition: succeededOrFailed()');
  expect(codes(stageFindings(read(always), STAGES))).toEqual([`PIPELINE_GOES_ON ${PATH}:15:5`]);
  const circle = STAGED.replace('- stage: build', '- stage: build\n    dependsOn: prod');
  expect(codes(stageFindings(read(circle), STAGES))).toContain(`PIPELINE_CIRCLE ${PATH}:5:5`);
});

test.each([
  ['always()', ['PIPELINE_GOES_ON']],
  ['not(canceled())', ['PIPELINE_GOES_ON']],
  ['succeeded()', []],
  ['not(failed())', []],
  ["and(always(), eq(dependencies.scan.result, 'Succeeded'))", ['PIPELINE_CONDITION_UNREAD']],
])('a stage that runs if %s', (condition, expected) => {
  const text = STAGED.replace('- stage: dev', `- stage: dev\n    condition: ${condition}`);
  expect(stageFindings(read(text), STAGES).map(({ code }) => code)).toEqual(expected);
});

test('a manual validation shows who approves, where everything waits for it', () => {
  expect(gateOf(read(), 'prod', [])).toEqual({
    proof: 'shown',
    by: `a manual validation by release-managers at ${PATH}:25:13`,
  });
  const beside = STAGED.replace('        dependsOn: approve\n', '');
  expect(gateOf(read(beside), 'prod', [])).toEqual({ proof: 'named', by: 'environment prod' });
  const resumes = STAGED.replace('approvers: release-managers', 'onTimeout: resume');
  expect(gateOf(read(resumes), 'prod', [])).toMatchObject([{ code: 'APPROVAL_TIMEOUT_RESUMES' }]);
  const anybody = STAGED.replace(', approvers: release-managers', '');
  expect(gateOf(read(anybody), 'prod', [])).toMatchObject({ by: expect.stringContaining('whoever may start a run') });
});

test('an environment names a gate; none is none', () => {
  expect(gateOf(read(), 'dev', [])).toEqual({ proof: 'named', by: 'environment dev' });
  expect(gateOf(read(), 'build', [])).toMatchObject([{ code: 'APPROVAL_MISSING' }]);
  expect(gateOf(read(), 'production', [])).toMatchObject([{ code: 'PIPELINE_JOB_MISSING' }]);
});

test('what is switched off neither scans nor waits for anybody', () => {
  const off = (step: string) =>
    STAGED.replace(`          - ${step}`, `          - enabled: false\n            ${step}`);
  expect(scan(off('bash: |'))).toEqual([`SCAN_CANNOT_FAIL ${PATH}:13:13`]);
  expect(gateOf(read(off('task: ManualValidation@1')), 'prod', [])).toEqual({ proof: 'named', by: 'environment prod' });
});

test('scans: severities, and commands after the scan', () => {
  expect(scan(STAGED, 'high')).toEqual([]);
  expect(scan(STAGED, 'medium')).toEqual([`SCAN_SEVERITY_IGNORED ${PATH}:13:13`]);
  expect(scan(STAGED.replace('CRITICAL app', 'CRITICAL app\n              echo done'))).toEqual([
    `SCAN_CANNOT_FAIL ${PATH}:13:13`,
  ]);
  expect(scan(STAGED.replace('--exit-code 1 ', ''))).toEqual([`SCAN_CANNOT_FAIL ${PATH}:13:13`]);
});

test('variables for Terraform are read off every environment', () => {
  expect([...new Set(variablesGiven(read()))].sort()).toEqual(['region', 'size']);
});

test('templates are told to be unread', () => {
  const { unread } = read(`${STAGED}  - template: more.yml\n`);
  expect(unread).toMatchObject([{ sentence: 'the template more.yml is not read' }]);
});
