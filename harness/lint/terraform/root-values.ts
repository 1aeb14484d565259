/** The values that a root module is run with, in the files that Terraform takes by itself and the one that a claim names. */
import type { Finding, ManifestFile } from '../manifest-set.ts';
import { wrong } from '../wrong.ts';
import type { HclExpression } from './hcl-body.ts';
import { hclFindings, parseHcl } from './parse-hcl.ts';

export interface GivenValues {
  /** By the name of the variable: the file that is read last wins. */
  readonly values: ReadonlyMap<string, HclExpression>;
  readonly findings: readonly Finding[];
}

/**
 * In Terraform's own order: terraform.tfvars, then *.auto.tfvars by name, then `-var-file`. TERRAFORM_VALUES_MISSING,
 * TERRAFORM_HCL_SYNTAX.
 * @param named the one of `-var-file`, from the root of the repository
 */
export async function rootValues(
  files: readonly ManifestFile[],
  folder: string,
  named: string | undefined,
): Promise<GivenValues> {
  const below = folder === '' ? '' : `${folder}/`;
  const names = files
    .map(({ path }) => path)
    .filter((path) => path.startsWith(below) && !path.slice(below.length).includes('/'));
  const own = (pattern: RegExp) => names.filter((path) => pattern.test(path.slice(below.length))).sort();
  const order = [...own(/^terraform\.tfvars(?:\.json)?$/), ...own(/\.auto\.tfvars(?:\.json)?$/)];
  const values = new Map<string, HclExpression>();
  const findings: Finding[] = [];
  for (const path of named === undefined ? order : [...order.filter((one) => one !== named), named]) {
    const read = await readValues(files, path);
    findings.push(...read.findings);
    for (const [name, value] of read.values) values.set(name, value);
  }
  return { values, findings };
}

/** A file of `name = value`, such as one for `-var-file` or `-backend-config`. */
export async function readValues(files: readonly ManifestFile[], path: string): Promise<GivenValues> {
  const file = files.find((one) => one.path === path);
  if (!file) {
    const missing = wrong('TERRAFORM_VALUES_MISSING', path, 'the repository holds no such file', {
      hint: 'Name it relative to the root of the repository.',
    });
    return { values: new Map(), findings: [missing] };
  }
  const parsed = await parseHcl(path, file.text);
  return {
    values: new Map(parsed.body.attributes.map(({ name, value }) => [name, value])),
    findings: hclFindings(parsed),
  };
}
