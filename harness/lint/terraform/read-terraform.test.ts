import { expect, test } from 'vitest';
import { type DeclaredTerraform, readTerraform } from './read-terraform.ts';

const MODULE = 'variable "size" {}\noutput "size" { value = var.size }\n';
const backend = (key: string) =>
  `terraform {\n  backend "s3" {\n    bucket = "states"\n    key    = "${key}"\n  }\n}\n`;
const root = (extra = '') =>
  `variable "size" {}\nmodule "net" {\n  source = "../../modules/net"\n  size   = var.size\n}\n${extra}`;

type Files = Readonly<Record<string, string>>;
const FILES: Files = {
  'modules/net/main.tf': MODULE,
  'envs/dev/main.tf': root(),
  'envs/dev/backend.tf': backend('dev'),
  'envs/dev/terraform.tfvars': 'size = 1\n',
  'envs/prod/main.tf': root(),
  'envs/prod/backend.tf': backend('prod'),
  'envs/prod/prod.auto.tfvars': 'size = 2\n',
};
const DECLARED: DeclaredTerraform = {
  environments: [
    { name: 'dev', folder: 'envs/dev' },
    { name: 'prod', folder: './envs/prod/' },
  ],
  mayDiffer: ['size'],
  fromPipelines: new Set(),
  where: 'profile.yaml',
};

async function read(change: Files = {}, declared: Partial<DeclaredTerraform> = {}) {
  const files = Object.entries({ ...FILES, ...change }).map(([path, text]) => ({ path, text }));
  return readTerraform(files, { ...DECLARED, ...declared });
}
const told = async (change: Files, declared: Partial<DeclaredTerraform> = {}) =>
  (await read(change, declared)).findings.map(({ code, where }) => `${code} ${where}`);
/** Both environments, so that they do not differ. */
const inBoth = (text: string): Files => ({ 'envs/dev/more.tf': text, 'envs/prod/more.tf': text });

test('environments of the same module are read', async () => {
  const { findings, modules, states, differences } = await read();
  expect(findings).toEqual([]);
  expect(modules).toEqual(['modules/net']);
  expect(states.map(({ place }) => place)).toEqual(['s3 states/dev', 's3 states/prod']);
  expect(differences).toMatchObject([{ what: 'variable size', values: ['1', '2'] }]);
});

test('of values the file that is read last wins: terraform.tfvars, *.auto.tfvars, -var-file', async () => {
  const files = { 'envs/prod/terraform.tfvars': 'size = 9\n', 'envs/prod/given.tfvars': 'size = 3\n' };
  expect((await read(files)).differences).toMatchObject([{ values: ['1', '2'] }]);
  const environments = DECLARED.environments.map((one) =>
    one.name === 'prod' ? { ...one, values: 'envs/prod/given.tfvars' } : one,
  );
  expect((await read(files, { environments })).differences).toMatchObject([{ values: ['1', '3'] }]);
});

test('one root module with files of values and of the backend', async () => {
  const files = {
    ...{
      'stack/main.tf': 'terraform {\n  backend "s3" {}\n}\nvariable "size" {}\noutput "size" { value = var.size }\n',
    },
    ...{ 'stack/dev.tfvars': 'size = 1\n', 'stack/prod.tfvars': 'size = 2\n' },
    ...{ 'stack/dev.hcl': 'bucket = "states"\nkey = "dev"\n', 'stack/prod.hcl': 'bucket = "states"\nkey = "prod"\n' },
  };
  const environments = ['dev', 'prod'].map((name) => ({
    ...{ name, folder: 'stack', values: `stack/${name}.tfvars`, backend: `stack/${name}.hcl` },
  }));
  expect(await told(files, { environments })).toEqual([]);
  const shared = environments.map((one) => ({ ...one, backend: 'stack/dev.hcl' }));
  expect(await told(files, { environments: shared })).toEqual(['TERRAFORM_STATE_SHARED stack/main.tf:2:3']);
  const unknown = environments.map(({ backend: _, ...one }) => one);
  expect(await told(files, { environments: unknown })).toEqual([
    'TERRAFORM_STATE_UNKNOWN stack/main.tf:2:3',
    // each environment is told apart by its name in the sentence
    'TERRAFORM_STATE_UNKNOWN stack/main.tf:2:3',
  ]);
  const missing = environments.map((one) => ({ ...one, values: 'stack/none.tfvars' }));
  expect(await told(files, { environments: missing, mayDiffer: [] })).toContain(
    'TERRAFORM_VALUES_MISSING stack/none.tfvars',
  );
});

test.each([
  ['no backend', { 'envs/prod/backend.tf': '' }, ['TERRAFORM_STATE_LOCAL envs/prod']],
  [
    'a local backend',
    { 'envs/prod/backend.tf': 'terraform {\n  backend "local" {}\n}\n' },
    ['TERRAFORM_STATE_LOCAL envs/prod/backend.tf:2:3'],
  ],
  [
    'the same key in another region',
    { 'envs/prod/backend.tf': backend('dev').replace('key', 'region = "eu-west-1"\n    key') },
    ['TERRAFORM_STATE_SHARED envs/prod/backend.tf:2:3'],
  ],
])('state: %s', async (_name, change, expected) => {
  expect(await told(change)).toEqual(expected);
});

test.each([
  ['a variable that nobody reads', inBoth('variable "left" { default = 1 }\n'), 'TERRAFORM_VARIABLE_UNUSED'],
  [
    'one that only its own check reads',
    inBoth('variable "left" {\n  default = 1\n  validation {\n    condition = var.left > 0\n  }\n}\n'),
    'TERRAFORM_VARIABLE_UNUSED',
  ],
  ['one that nobody declares', inBoth('output "x" { value = var.sise }\n'), 'TERRAFORM_VARIABLE_UNDECLARED'],
])('variables: %s', async (_name, change, code) => {
  expect(await told(change)).toEqual([
    `${code} envs/dev/more.tf:1:${code.endsWith('USED') ? 1 : 22}`,
    `${code} envs/prod/more.tf:1:${code.endsWith('USED') ? 1 : 22}`,
  ]);
});

test('a value for a variable that is not there, and none for one that is', async () => {
  expect(await told({ 'envs/prod/prod.auto.tfvars': 'sise = 2\n' })).toEqual([
    'TERRAFORM_VARIABLE_MISSING envs/prod/main.tf:1:1',
    'TERRAFORM_VARIABLE_UNDECLARED envs/prod/prod.auto.tfvars:1:8',
  ]);
  const fromPipelines = new Set(['size']);
  expect(await told({ 'envs/prod/prod.auto.tfvars': '' }, { fromPipelines })).toEqual([]);
});

const required = (version: string) =>
  inBoth(`terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws"${version} }\n  }\n}\n`);

test.each([
  ['an exact version', required(', version = "6.2.0"'), 0],
  ['a minor one', required(', version = "~> 6.2"'), 0],
  ['bounds', required(', version = ">= 5.0, < 7.0"'), 0],
  ['no upper bound', required(', version = ">= 5.0"'), 2],
  ['nothing', required(''), 2],
])('providers: %s', async (_name, change, count) => {
  const found = await told(change);
  expect(found).toEqual(
    ['dev', 'prod'].slice(0, count).map((name) => `TERRAFORM_PROVIDER_UNPINNED envs/${name}/more.tf:3:5`),
  );
});

test('a lock file pins what a constraint leaves open', async () => {
  const lock = 'provider "registry.terraform.io/hashicorp/aws" {\n  version = "6.2.0"\n}\n';
  const locks = { 'envs/dev/.terraform.lock.hcl': lock, 'envs/prod/.terraform.lock.hcl': lock };
  expect(await told({ ...required(''), ...locks })).toEqual([]);
});

test('a provider that nobody requires', async () => {
  expect(await told({ 'modules/net/more.tf': 'resource "aws_vpc" "x" {}\n' })).toEqual([
    'TERRAFORM_PROVIDER_UNDECLARED modules/net/more.tf:1:1',
    'TERRAFORM_PROVIDER_UNDECLARED modules/net/more.tf:1:1',
  ]);
  expect(await told({ 'modules/net/more.tf': 'resource "terraform_data" "x" {}\n' })).toEqual([]);
});

test.each([
  ['a module of the registry', 'source = "terraform-aws-modules/vpc/aws"\n  version = "6.0.1"', undefined],
  ['one without a version', 'source = "terraform-aws-modules/vpc/aws"', 'TERRAFORM_MODULE_UNPINNED'],
  ['a tag', 'source = "git::https://example.com/vpc.git?ref=v1.2.0"', undefined],
  ['a branch', 'source = "git::https://example.com/vpc.git?ref=main"', 'TERRAFORM_MODULE_UNPINNED'],
  ['no ref', 'source = "git::https://example.com/vpc.git"', 'TERRAFORM_MODULE_UNPINNED'],
  ['an expression', 'source = var.size', 'TERRAFORM_SOURCE_UNREADABLE'],
])('modules from elsewhere: %s', async (_name, source, code) => {
  const found = await told(inBoth(`module "far" {\n  ${source}\n}\n`));
  expect(found).toEqual(code === undefined ? [] : ['dev', 'prod'].map((name) => `${code} envs/${name}/more.tf:2:3`));
});

test('differences: what is not declared, and what is declared and none', async () => {
  const more = (size: number) => `locals {\n  width = ${size} # of it\n}\n`;
  const change = { 'envs/dev/more.tf': more(1), 'envs/prod/more.tf': more(2) };
  const { findings } = await read(change);
  expect(findings).toMatchObject([
    {
      ...{ code: 'TERRAFORM_ENVIRONMENTS_DIFFER', where: 'envs/prod/more.tf:2:3' },
      sentence: 'locals.width differs, and is not declared to (dev: 1, prod: 2)',
    },
  ]);
  expect(await told(change, { mayDiffer: ['size', 'width'] })).toEqual([]);
  expect(await told({}, { mayDiffer: ['size', 'width'] })).toEqual(['TERRAFORM_DIFFERENCE_MISSING profile.yaml']);
  // layout and comments are no difference
  expect(await told({ 'envs/dev/more.tf': 'locals { width = 1 }\n', 'envs/prod/more.tf': more(1) })).toEqual([]);
});

test('no claim may declare that the modules differ', async () => {
  const other = {
    'modules/other/main.tf': MODULE,
    'envs/prod/main.tf': root().replace('modules/net', 'modules/other'),
  };
  expect(await told(other, { mayDiffer: ['size', 'source'] })).toEqual([
    'TERRAFORM_MODULES_DIFFER envs/prod/main.tf:3:3',
  ]);
  const fewer = { 'envs/prod/main.tf': 'variable "size" {}\noutput "size" { value = var.size }\n' };
  expect(await told(fewer, { mayDiffer: ['size', 'net'] })).toContain('TERRAFORM_MODULES_DIFFER envs/dev/main.tf:2:1');
});

test('a source is the folder, however it is written', async () => {
  const same = { 'envs/prod/main.tf': root().replace('../../modules/net', './../../envs/../modules/net') };
  expect(await told(same)).toEqual([]);
});

test('modules that call each other in a circle are read once', async () => {
  const circle = { 'modules/net/more.tf': 'module "again" {\n  source = "../net"\n  size = var.size\n}\n' };
  expect(await told(circle)).toEqual([]);
});
