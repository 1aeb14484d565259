import { describe, expect, test } from 'vitest';
import { fewOf } from '../../testkit/runner/thorough.ts';
import { codesOf, DEPLOY, edit, FILES, judge, PROD, RELEASE, without } from './gridos-fixture.ts';

describe('what cannot be read is never passed', () => {
  test.each(
    fewOf(3, [
      [
        'a file that is no HCL',
        edit(`${PROD}/backend.tf`, '"azurerm" {', '"azurerm" ('),
        [`TERRAFORM_HCL_SYNTAX ${PROD}/backend.tf:3:21`],
      ],
      ['a workflow that is no YAML', edit(RELEASE, 'jobs:\n', 'jobs: [\n'), [`PIPELINE_YAML_SYNTAX ${RELEASE}:15:5`]],
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
    ] as const),
  )('%s', async (_name, files, expected) => {
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

  test('a workflow that others call', async () => {
    const gone = ['test', 'prod'].map((name) => `APPROVAL_MISSING ${RELEASE}:${name === 'test' ? 80 : 86}:3`);
    expect(await codesOf(edit(DEPLOY, 'jobs:\n', 'jobs: [\n'))).toEqual([
      `PIPELINE_YAML_SYNTAX ${DEPLOY}:10:5`,
      ...gone,
    ]);
    expect(await codesOf(without(DEPLOY))).toEqual([`PIPELINE_MISSING ${DEPLOY}`, ...gone]);
    const foreign = edit(RELEASE, 'needs: test\n    uses: ./', 'needs: test\n    uses: other/repository/');
    expect(await codesOf(foreign)).toEqual([`PIPELINE_UNREAD ${RELEASE}:88:11`, gone[1]]);
  });

  test('10,000 other files are no matter', async () => {
    const others = Array.from({ length: 10_000 }, (_, index) => ({ path: `docs/${index}.md`, text: '#' }));
    expect((await judge([...FILES, ...others])).claim.outcome).toBe('passed');
  });
});
