import { describe, expect, test } from 'vitest';
import { withTextEdits } from '../../profile/edit-text.ts';
import { loadFault } from '../../profile/faults.ts';
import type { Scene } from '../../scene/scene.ts';
import { fewOf } from '../../testkit/runner/thorough.ts';
import type { LintContext, ResolveContext } from '../claim-kind.ts';
import { infrastructure } from './declaration.ts';
import { CLAIM, codesOf, DEPLOY, edit, FILES, judge, PROD, profile, RELEASE, without } from './gridos-fixture.ts';
import { judgeInfrastructure } from './judge.ts';

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
  test.each(
    fewOf(3, [
      ['scan-cannot-fail', /trivy cannot fail the pipeline: its exit code is set to 0/],
      ['stage-out-of-order', /test of stage test does not wait for dev of stage dev/],
      ['prod-without-approval', /prod names its gate \(environment prod\), and nothing in the repository shows who/],
      ['state-shared', /prod keeps its state where test does: azurerm gridosstatetest\/tfstate\/gridos.tfstate/],
      ['module-missing', /module database is taken from ..\/..\/modules\/databases, and the repository holds no .tf/],
      ['environment-drift', /required_providers.azurerm differs, and is not declared to \(dev: .*4.47.*prod: .*4.40/],
    ]),
  )('%s', async (name, sentence) => {
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

test.each(
  fewOf(4, [
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
      [`PIPELINE_GOES_ON ${RELEASE}:57:3`],
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
  ]),
)('%s: failed', async (_name, files, expected) => {
  expect(await codesOf(files)).toEqual(expected);
  expect((await judge(files)).claim.outcome).toBe('failed');
});

const APPLICATION = 'argocd/prod.yaml';
const REVIEWERS = 'terraform/repository/main.tf';
const replaced = (path: string, find: string, by: string) =>
  FILES.map((file) => (file.path === path ? { ...file, text: file.text.replaceAll(find, by) } : file));

describe('an approval that is not there', () => {
  const other = FILES.find(({ path }) => path === APPLICATION)?.text.replace('gridos-prod', 'gridos-more') ?? '';
  const automated = other.replace('  syncPolicy:\n', '  syncPolicy:\n    automated: {}\n');

  test.each([
    ['a second Application of the file syncs by itself', `---\n${automated}`, `APPROVAL_MISSING ${APPLICATION}:67:5`],
    ['the file is no YAML', '  more: [\n', `MANIFEST_YAML_SYNTAX ${APPLICATION}:37:1`],
  ])('%s', async (_name, more, expected) => {
    const files = FILES.map((file) => (file.path === APPLICATION ? { ...file, text: file.text + more } : file));
    expect(await codesOf(files)).toEqual([expected]);
    expect((await judge(files)).claim.outcome).toBe('failed');
  });

  test.each(fewOf(1, ['true', '"on"', '[]']))(
    'the Application says that it syncs by itself in other words: %s',
    async (said) => {
      const files = edit(APPLICATION, '  syncPolicy:\n', `  syncPolicy:\n    automated: ${said}\n`);
      expect(await codesOf(files)).toEqual([`APPROVAL_MISSING ${APPLICATION}:31:5`]);
    },
  );

  test.each(fewOf(1, ['null', '{ enabled: false, prune: true }']))(
    'and one that says that it does not: %s',
    async (said) => {
      const files = edit(APPLICATION, '  syncPolicy:\n', `  syncPolicy:\n    automated: ${said}\n`);
      expect(await codesOf(files)).toEqual([]);
    },
  );

  test('the environment is an expression that nobody can read', async () => {
    const files = edit(DEPLOY, '${{ inputs.environment }}\n    permissions', '${{ vars.TARGET }}\n    permissions');
    const approvals = [{ pipeline: RELEASE, job: 'prod', proof: 'named' }] as const;
    expect(await codesOf(files, { approvals })).toEqual([`APPROVAL_MISSING ${RELEASE}:86:3`]);
  });

  test('the environment has no name', async () => {
    const files = edit(
      DEPLOY,
      'environment: ${{ inputs.environment }}\n    permissions',
      "environment: ''\n    permissions",
    );
    const approvals = [{ pipeline: RELEASE, job: 'prod', proof: 'named' }] as const;
    expect(await codesOf(files, { approvals })).toEqual([`APPROVAL_MISSING ${RELEASE}:86:3`]);
  });

  test.each(
    fewOf(2, [
      ['nobody', 'teams = [data.github_team.release.id]', 'teams = null'],
      ['a list of nobody', 'teams = [data.github_team.release.id]', 'teams = toset([])'],
      ['whoever a variable holds', 'teams = [data.github_team.release.id]', 'teams = data.github_team.release[*].id'],
      ['somebody, if it is made', 'can_admins_bypass ', 'count = 0\n  can_admins_bypass '],
      ['somebody, for each of some', 'can_admins_bypass ', 'for_each = {}\n  can_admins_bypass '],
    ]),
  )('its reviewers are %s', async (_name, find, by) => {
    expect(await codesOf(replaced(REVIEWERS, find, by))).toEqual([
      `APPROVAL_NOT_SHOWN ${RELEASE}`,
      `APPROVAL_NOT_SHOWN ${RELEASE}`,
    ]);
  });

  test('reviewers in the argument of a function are shown', async () => {
    expect(
      await codesOf(replaced(REVIEWERS, '[data.github_team.release.id]', 'toset([data.github_team.release.id])')),
    ).toEqual([]);
  });
});

test('a workflow that no event starts is none', async () => {
  const files = edit(RELEASE, 'on:\n  push:\n    branches: [main]\n', 'on: {}\n');
  expect(await codesOf(files)).toEqual([`PIPELINE_UNKNOWN ${RELEASE}:1:1`]);
});

test.each([
  ['never run', 'if: false', [74, 80, 86].map((line) => `PIPELINE_NEVER_RUNS ${RELEASE}:${line}:3`)],
  ['may fail', 'continue-on-error: true', [74, 80, 86].map((line) => `PIPELINE_GOES_ON ${RELEASE}:${line}:3`)],
])('stages whose only job within %s', async (_name, said, expected) => {
  expect(await codesOf(edit(DEPLOY, '    runs-on: ubuntu', `    ${said}\n    runs-on: ubuntu`))).toEqual(expected);
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
