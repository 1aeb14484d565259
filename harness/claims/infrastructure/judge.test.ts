import { describe, expect, test } from 'vitest';
import type { RepositoryFile } from '../../profile/collect-repository.ts';
import { collectRepository } from '../../profile/collect-repository.ts';
import { withTextEdits } from '../../profile/edit-text.ts';
import { loadFault } from '../../profile/faults.ts';
import type { Scene } from '../../scene/scene.ts';
import { packagedProfile } from '../../testkit/fakes/packaged-profiles.ts';
import type { LintContext, ResolveContext } from '../claim-kind.ts';
import { infrastructure } from './declaration.ts';
import type { InfrastructureClaim } from './infrastructure-claim.ts';
import { judgeInfrastructure } from './judge.ts';

const RELEASE = '.github/workflows/release.yaml';
const DEPLOY = '.github/workflows/deploy.yaml';
const PROD = 'terraform/environments/prod';

const profile = await packagedProfile('gridos');
const FILES = await collectRepository(profile, async () => {
  throw new TypeError('gridos brings all of its files');
});
const CLAIM = profile.claims.find((claim): claim is InfrastructureClaim => claim.kind === 'infrastructure');
if (!CLAIM) throw new TypeError('gridos claims it');

const edit = (path: string, find: string, replace: string) => withTextEdits(FILES, path, [{ find, replace }]);
const without = (path: string) => FILES.filter((file) => file.path !== path);

async function judge(files: readonly RepositoryFile[], change: Partial<InfrastructureClaim> = {}) {
  const scene = { source: { files }, profile, now: () => 0, signal: new AbortController().signal };
  return judgeInfrastructure({ ...CLAIM!, ...change }, scene as unknown as Scene);
}
const codesOf = async (files: readonly RepositoryFile[], change: Partial<InfrastructureClaim> = {}) =>
  (await judge(files, change)).findings?.map(({ code, where }) => `${code} ${where}`);

test('the repository of gridos: passed, with what was read and what no repository shows', async () => {
  const { claim, findings } = await judge(FILES);
  expect(findings).toEqual([]);
  expect(claim.outcome).toBe('passed');
  expect(claim.sentence).toBe(
    'dev, test, prod are made of the same 4 modules of this repository, with a state each, and differ in 5 values, all declared; ' +
      '7 stages run in order, and sonarqube, trivy, snyk, gitleaks can fail them; ' +
      'that test and prod and argocd/prod.yaml wait for approval is shown. ' +
      'Nothing was created: whether clouds and platforms are as these files say cannot be known from a repository.',
  );
  expect(claim.details).toContainEqual({
    label: 'state of prod',
    value: 'azurerm gridosstateprod/tfstate/gridos.tfstate',
  });
  expect(claim.details).toContainEqual({
    label: 'variable retention_days (dev | test | prod)',
    value: '30 | 30 | 90',
  });
});

test('a gate that is only named is said to be no proof', async () => {
  const approvals = [{ pipeline: RELEASE, job: 'prod', proof: 'named' }] as const;
  const { claim } = await judge(without('terraform/repository/main.tf'), { approvals });
  expect(claim.outcome).toBe('passed');
  expect(claim.sentence).toContain(
    'for prod a gate is named, and whether anybody has to approve there is a setting that no file shows',
  );
});

describe('each fault of the profile fails it, for its own reason alone', () => {
  test.each([
    ['scan-cannot-fail', /trivy cannot fail the pipeline: its exit code is set to 0/],
    ['stage-out-of-order', /test of stage test does not wait for dev of stage dev/],
    ['prod-without-approval', /prod names its gate \(environment prod\), and nothing in the repository shows who/],
    ['state-shared', /prod keeps its state where test does: azurerm gridosstatetest\/tfstate\/gridos.tfstate/],
    ['module-missing', /module database is taken from ..\/..\/modules\/databases, and the repository holds no .tf/],
    ['environment-drift', /required_providers.azurerm differs, and is not declared to \(dev: .*4.47.*prod: .*4.40/],
  ])('%s', async (name, sentence) => {
    const { commit } = await loadFault(profile, name);
    if (!commit || !('file' in commit)) throw new TypeError('it is an edit of a file');
    const { claim, findings } = await judge(withTextEdits(FILES, commit.file, commit.edits));
    expect(claim.outcome).toBe('failed');
    expect(findings).toHaveLength(1);
    expect(findings?.[0]?.sentence).toMatch(sentence);
    expect(findings?.[0]?.where).toMatch(/:\d+:\d+$|^\.github/);
    expect(findings?.[0]?.hint).toBeDefined();
    expect(claim.sentence).toContain(findings?.[0]?.sentence);
  });
});

test.each([
  [
    'a job that deploys to no environment',
    edit(DEPLOY, '    environment: ${{ inputs.environment }}\n', ''),
    [`APPROVAL_MISSING ${RELEASE}:80:3`, `APPROVAL_MISSING ${RELEASE}:86:3`],
  ],
  [
    'an Application of prod that syncs by itself',
    edit('argocd/prod.yaml', '  syncPolicy:\n', '  syncPolicy:\n    automated: {}\n'),
    ['APPROVAL_MISSING argocd/prod.yaml:31:5'],
  ],
  ['an Application that is gone', without('argocd/prod.yaml'), ['APPROVAL_MISSING argocd/prod.yaml']],
  [
    'a scan whose step may fail',
    edit(RELEASE, '      - uses: aquasecurity', '      - continue-on-error: true\n        uses: aquasecurity'),
    [`SCAN_CANNOT_FAIL ${RELEASE}:38:9`],
  ],
  [
    'a scan whose job may fail: the release goes on after it',
    edit(RELEASE, '  secrets:\n', '  secrets:\n    continue-on-error: true\n'),
    [`PIPELINE_GOES_ON ${RELEASE}:57:3`, `SCAN_CANNOT_FAIL ${RELEASE}:57:3`],
  ],
  [
    'a scan whose exit code tee takes',
    edit(RELEASE, '        shell: bash\n', '        shell: sh\n'),
    [`SCAN_CANNOT_FAIL ${RELEASE}:53:9`],
  ],
  [
    'a scan that lets high findings pass',
    edit(RELEASE, 'severity: HIGH,CRITICAL', 'severity: CRITICAL'),
    [`SCAN_SEVERITY_IGNORED ${RELEASE}:38:9`],
  ],
  ['a scan that is gone', edit(RELEASE, 'gitleaks git', 'git grep'), [`SCAN_MISSING ${RELEASE}:57:3`]],
  [
    'a stage that runs whatever happened',
    edit(RELEASE, '    needs: prod\n', '    needs: prod\n    if: always()\n'),
    [`PIPELINE_GOES_ON ${RELEASE}:92:3`],
  ],
  ['a job by another name', edit(RELEASE, '  verify:\n', '  verification:\n'), [`PIPELINE_JOB_MISSING ${RELEASE}`]],
  [
    'a job that waits for one that is gone',
    edit(RELEASE, '    needs: prod\n', '    needs: production\n'),
    [`PIPELINE_NEEDS_MISSING ${RELEASE}:92:3`],
  ],
  [
    'a secret that no pipeline gives',
    edit(DEPLOY, 'TF_VAR_database_password', 'DATABASE_PASSWORD'),
    ['dev', 'test', 'prod'].map(
      (name) => `TERRAFORM_VARIABLE_MISSING terraform/environments/${name}/variables.tf:22:1`,
    ),
  ],
  [
    'an environment of another module',
    edit(`${PROD}/main.tf`, '"../../modules/monitoring"', '"../../modules/network"'),
    [
      `TERRAFORM_VARIABLE_MISSING ${PROD}/main.tf:52:1`,
      `TERRAFORM_VARIABLE_UNDECLARED ${PROD}/main.tf:57:3`,
      `TERRAFORM_VARIABLE_UNDECLARED ${PROD}/main.tf:58:3`,
      `TERRAFORM_MODULES_DIFFER ${PROD}/main.tf:53:3`,
    ],
  ],
])('%s: failed', async (_name, files, expected) => {
  expect(await codesOf(files)).toEqual(expected);
  expect((await judge(files)).claim.outcome).toBe('failed');
});

describe('what cannot be read is never passed', () => {
  test.each([
    [
      'a file that is no HCL',
      edit(`${PROD}/backend.tf`, '"azurerm" {', '"azurerm" ('),
      [`TERRAFORM_HCL_SYNTAX ${PROD}/backend.tf:3:21`],
    ],
    ['a workflow that is no YAML', edit(RELEASE, 'jobs:\n', 'jobs: [\n'), [`PIPELINE_YAML_SYNTAX ${RELEASE}:15:14`]],
    ['a workflow that is none', edit(RELEASE, 'jobs:\n', 'works:\n'), [`PIPELINE_UNKNOWN ${RELEASE}:1:1`]],
    ['a workflow that is gone', without(RELEASE), [`PIPELINE_MISSING ${RELEASE}`]],
    ['a folder that is gone', FILES.filter(({ path }) => !path.startsWith(PROD)), [`TERRAFORM_FOLDER_EMPTY ${PROD}`]],
    [
      'a module outside of the repository',
      edit(`${PROD}/main.tf`, '../../modules/cluster', '../../../../cluster'),
      [`TERRAFORM_MODULE_OUTSIDE ${PROD}/main.tf:33:1`],
    ],
    [
      'a .tf of 5 MB',
      [...FILES, { path: `${PROD}/big.tf`, text: `# ${'x'.repeat(5_000_000)}\n` }],
      [`TERRAFORM_TOO_LARGE ${PROD}/big.tf:1:1`],
    ],
    [
      'Terraform in JSON',
      [...FILES, { path: `${PROD}/more.tf.json`, text: '{}' }],
      [`TERRAFORM_FILE_UNREAD ${PROD}/more.tf.json`],
    ],
    [
      'a file that is merged over others',
      [...FILES, { path: `${PROD}/backend_override.tf`, text: '' }],
      [`TERRAFORM_FILE_UNREAD ${PROD}/backend_override.tf`],
    ],
    [
      '10,000 files of Terraform',
      [...FILES, ...Array.from({ length: 10_000 }, (_, index) => ({ path: `${PROD}/more-${index}.tf`, text: '' }))],
      [`TERRAFORM_TOO_LARGE ${PROD}`],
    ],
  ] as const)('%s', async (_name, files, expected) => {
    const { claim, findings } = await judge(files);
    expect(findings?.map(({ code, where }) => `${code} ${where}`)).toEqual(expected);
    expect(claim.outcome).toBe('failed');
  });

  test('where reviewers would stand', async () => {
    const path = 'terraform/repository/main.tf';
    const approvals = [{ application: 'argocd/prod.yaml', proof: 'named' }] as const;
    expect(await codesOf(edit(path, 'data "github_team"', 'data = "github_team"'), { approvals })).toEqual([
      `TERRAFORM_HCL_SYNTAX ${path}:18:8`,
    ]);
  });

  test('variables that nobody can read are not missed elsewhere', async () => {
    expect(await codesOf(edit(`${PROD}/variables.tf`, 'variable "environment" {', 'variable "environment" ('))).toEqual(
      [`TERRAFORM_HCL_SYNTAX ${PROD}/variables.tf:1:24`],
    );
  });

  test('10,000 other files are no matter', async () => {
    const others = Array.from({ length: 10_000 }, (_, index) => ({ path: `docs/${index}.md`, text: '#' }));
    expect((await judge([...FILES, ...others])).claim.outcome).toBe('passed');
  });
});

test('the run ends while it reads: no verdict', async () => {
  const controller = new AbortController();
  const reason = new DOMException('interrupted', 'AbortError');
  const scene = { source: { files: FILES }, profile, now: () => 0, signal: controller.signal } as unknown as Scene;
  const judged = judgeInfrastructure(CLAIM, scene);
  controller.abort(reason);
  await expect(judged).rejects.toBe(reason);
});

test('plan and lint say the same before anything starts', async () => {
  const files = edit(RELEASE, 'exit-code: "1"', 'exit-code: "0"');
  const context = { files, where: 'profile.yaml (gridos/infrastructure)' } as unknown as LintContext;
  expect(await infrastructure.lint?.(CLAIM, context)).toEqual((await judge(files)).findings);
});

test('an approval of a pipeline that the claim does not name is refused', () => {
  const reported: string[] = [];
  const report = (code: string, sentence: string) => void reported.push(`${code}: ${sentence}`);
  const approvals = [{ pipeline: DEPLOY, job: 'deploy', proof: 'named' as const }];
  const context = { report } as unknown as ResolveContext;
  expect(infrastructure.resolve({ ...CLAIM, approvals } as never, context)).toBeUndefined();
  expect(reported).toEqual([`CLAIM_PIPELINE_UNKNOWN: ${DEPLOY} is none of the pipelines of the claim (${RELEASE})`]);
});
