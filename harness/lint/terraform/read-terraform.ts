/** Everything that is said of the Terraform of a repository: its environments, their modules, states and differences. */
import type { Finding, ManifestFile } from '../manifest-set.ts';
import {
  differenceFindings,
  differencesOf,
  type Environment,
  type EnvironmentDifference,
} from './environment-differences.ts';
import { loadModules, localFolder, type Modules } from './load-modules.ts';
import { readValues, rootValues } from './root-values.ts';
import { type StatePlace, sharedStateFindings, statePlace } from './state-rules.ts';
import type { TerraformModule } from './terraform-module.ts';
import { rootFindings, variableFindings } from './variable-rules.ts';
import { modulePinFindings, providerFindings } from './version-rules.ts';

export interface DeclaredEnvironment {
  readonly name: string;
  /** Folder of its root module. */
  readonly folder: string;
  /** File for `-var-file`. */
  readonly values?: string | undefined;
  /** File for `-backend-config`. */
  readonly backend?: string | undefined;
}

export interface DeclaredTerraform {
  readonly environments: readonly DeclaredEnvironment[];
  /** Names of variables, arguments and locals. */
  readonly mayDiffer: readonly string[];
  /** Variables that a pipeline gives as TF_VAR_name; undefined: nobody can tell. */
  readonly fromPipelines: ReadonlySet<string> | undefined;
  /** Of the claim. */
  readonly where: string;
}

export interface TerraformReading {
  readonly findings: readonly Finding[];
  /** Folders of modules in the repository that environments come to, without the roots. */
  readonly modules: readonly string[];
  readonly states: readonly StatePlace[];
  readonly differences: readonly EnvironmentDifference[];
}

export async function readTerraform(
  files: readonly ManifestFile[],
  { environments: declared, mayDiffer, fromPipelines, where }: DeclaredTerraform,
): Promise<TerraformReading> {
  const roots = declared.map(({ folder }) => plain(folder));
  const { modules, findings: unread } = await loadModules(files, roots);
  const findings: Finding[] = [...unread, ...variableFindings(modules), ...modulePinFindings(modules)];
  const states: StatePlace[] = [];
  const environments: Environment[] = [];
  const reachedByAll = new Set<string>();
  for (const { name, folder, values, backend } of declared) {
    const root = modules.get(plain(folder));
    if (!root) continue;
    const reached = reachedFrom(root, modules);
    for (const one of reached) if (!roots.includes(one.folder)) reachedByAll.add(one.folder);
    const given = await rootValues(files, root.folder, values);
    const configured = backend === undefined ? undefined : await readValues(files, backend);
    findings.push(...given.findings, ...(configured?.findings ?? []));
    // which of its blocks are missing is not known then
    if (isBroken(root)) continue;
    findings.push(...rootFindings(root, given, fromPipelines), ...providerFindings(root, reached, files));
    const state = statePlace(name, root, configured?.values ?? new Map());
    if ('place' in state) states.push(state);
    else findings.push(state);
    environments.push({ name, root, values: given.values });
  }
  const isWhole = environments.length === declared.length;
  const differences = isWhole ? differencesOf(environments, modules) : [];
  const names = declared.map(({ name }) => name);
  if (isWhole) findings.push(...differenceFindings(differences, names, mayDiffer, where));
  findings.push(...sharedStateFindings(states));
  return { findings: once(findings), modules: [...reachedByAll].sort(), states, differences };
}

function reachedFrom(root: TerraformModule, modules: Modules): readonly TerraformModule[] {
  const found = new Set([root]);
  for (const { folder, calls } of found)
    for (const call of calls) {
      const inner = modules.get(localFolder(folder, call) ?? '');
      if (inner && localFolder(folder, call) !== undefined) found.add(inner);
    }
  return [...found];
}

function isBroken({ files }: TerraformModule): boolean {
  return files.some(({ problem }) => problem);
}

/** Environments of one folder, and modules that several of them call, are judged several times and told once. */
function once(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((one) => [`${one.code} ${one.where} ${one.sentence}`, one])).values()];
}

const plain = (folder: string) => folder.replace(/\/+$/, '').replace(/^(?:\.\/)+|^\.$/, '');
