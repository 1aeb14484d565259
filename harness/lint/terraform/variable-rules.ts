/** Whether every variable is declared, read, and given by whoever uses the module. Pure. */
import { nearestName } from '../../documents/nearest-name.ts';
import { formatPosition } from '../../documents/yaml-source.ts';
import type { Finding } from '../manifest-set.ts';
import { wrong } from '../wrong.ts';
import { localFolder, type Modules } from './load-modules.ts';
import type { GivenValues } from './root-values.ts';
import type { ModuleCall, TerraformModule } from './terraform-module.ts';

/** TERRAFORM_VARIABLE_UNDECLARED, TERRAFORM_VARIABLE_UNUSED, TERRAFORM_VARIABLE_MISSING of the modules among themselves. */
export function variableFindings(modules: Modules): readonly Finding[] {
  // what stands in a file that cannot be read is not known
  return [...modules.values()].flatMap((module) => [
    ...(isWhole(module) ? [...undeclared(module), ...unused(module)] : []),
    ...module.calls.flatMap((call) => callFindings(module, call, modules)),
  ]);
}

/**
 * What a root module is run with. Values that no file gives may come from the environment of a pipeline, as TF_VAR_name.
 * @param fromPipelines names that a pipeline gives; undefined where that cannot be told
 */
export function rootFindings(
  root: TerraformModule,
  given: GivenValues,
  fromPipelines: ReadonlySet<string> | undefined,
): readonly Finding[] {
  const names = root.variables.map(({ name }) => name);
  const missing = root.variables.filter(
    ({ name, standard }) => fromPipelines && !standard && !given.values.has(name) && !fromPipelines.has(name),
  );
  return [
    ...missing.map(({ name, position }) =>
      wrong(
        'TERRAFORM_VARIABLE_MISSING',
        formatPosition(position),
        `nothing gives ${root.folder} a value for ${name}`,
        {
          hint: `Set it in terraform.tfvars, or name the values file in the claim; a secret comes as TF_VAR_${name} in the pipeline.`,
        },
      ),
    ),
    ...[...given.values].flatMap(([name, { position }]) =>
      names.includes(name)
        ? []
        : [
            wrong('TERRAFORM_VARIABLE_UNDECLARED', formatPosition(position), `${root.folder} has no variable ${name}`, {
              hint: hintOf(name, names, 'Terraform warns, and goes on without it.'),
            }),
          ],
    ),
  ];
}

function undeclared({ variables, references, folder }: TerraformModule): readonly Finding[] {
  const names = variables.map(({ name }) => name);
  const unknown = references.filter(({ name }) => !names.includes(name));
  return unknown.map(({ name, position }) =>
    wrong(
      'TERRAFORM_VARIABLE_UNDECLARED',
      formatPosition(position),
      `var.${name} is read, and ${folder} declares no such variable`,
      {
        hint: hintOf(name, names, `Declare it: variable "${name}" {}.`),
      },
    ),
  );
}

function unused({ variables }: TerraformModule): readonly Finding[] {
  return variables
    .filter(({ isUsed }) => !isUsed)
    .map(({ name, position }) =>
      wrong('TERRAFORM_VARIABLE_UNUSED', formatPosition(position), `variable ${name} is read nowhere in its module`, {
        hint: 'Whoever sets it believes that it does something: use it, or take it away.',
      }),
    );
}

function callFindings(caller: TerraformModule, call: ModuleCall, modules: Modules): readonly Finding[] {
  const folder = localFolder(caller.folder, call);
  const callee = folder === undefined ? undefined : modules.get(folder);
  if (!callee || !isWhole(callee)) return [];
  const names = callee.variables.map(({ name }) => name);
  const given = new Set(call.inputs.map(({ name }) => name));
  const missing = callee.variables.filter(({ name, standard }) => !standard && !given.has(name));
  return [
    ...missing.map(({ name }) =>
      wrong(
        'TERRAFORM_VARIABLE_MISSING',
        formatPosition(call.position),
        `module ${call.name} is called without ${name}, which has no default`,
        {
          hint: `${callee.folder} declares it.`,
        },
      ),
    ),
    ...call.inputs.flatMap(({ name, position }) =>
      names.includes(name)
        ? []
        : [
            wrong(
              'TERRAFORM_VARIABLE_UNDECLARED',
              formatPosition(position),
              `module ${call.name} is given ${name}, and ${callee.folder} has no such variable`,
              {
                hint: hintOf(name, names, 'Terraform refuses an argument that the module does not declare.'),
              },
            ),
          ],
    ),
  ];
}

const isWhole = ({ files }: TerraformModule) => files.every(({ problem }) => !problem);

function hintOf(name: string, names: readonly string[], otherwise: string): string {
  const near = nearestName(name, names);
  return near === undefined ? otherwise : `Did you mean ${near}?`;
}
