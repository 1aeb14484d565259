/** In what the root modules of several environments differ: their code, and the values that they are run with. Pure. */
import { formatPosition, type SourcePosition } from '../../documents/yaml-source.ts';
import type { Finding } from '../manifest-set.ts';
import { wrong } from '../wrong.ts';
import type { HclBlock, HclBody, HclExpression } from './hcl-body.ts';
import { localFolder, type Modules } from './load-modules.ts';
import type { TerraformModule } from './terraform-module.ts';

export interface Environment {
  readonly name: string;
  readonly root: TerraformModule;
  readonly values: ReadonlyMap<string, HclExpression>;
}

/** One thing that is not the same everywhere. */
export interface EnvironmentDifference {
  /** `module network.cidr`, `variable node_count`. */
  readonly what: string;
  /** The last part of it, by which a claim allows it. */
  readonly name: string;
  /** As each environment has it, in their order. */
  readonly values: readonly (string | undefined)[];
  readonly position: SourcePosition;
}

interface Leaf {
  readonly name: string;
  readonly value: string;
  readonly position: SourcePosition;
}
type Leaves = Map<string, Leaf>;

/** Which modules there are: no claim may declare that these differ. */
const IS_A_MODULE = /^module [^.]+(?:\.(?:source|version))?$/;

/** The backend is left out: it must differ (state-rules.ts). So are sources that are not there: that is told already. */
export function differencesOf(
  environments: readonly Environment[],
  modules: Modules,
): readonly EnvironmentDifference[] {
  const all = environments.map(leavesOf);
  const missing = new Set(
    environments.flatMap(({ root }) =>
      root.calls.flatMap((call) => {
        const folder = localFolder(root.folder, call);
        return folder === undefined || modules.has(folder) ? [] : [`module ${call.name}.source`];
      }),
    ),
  );
  const keys = [...new Set(all.flatMap((leaves) => [...leaves.keys()]))].filter((key) => !missing.has(key)).sort();
  return keys.flatMap((what) => {
    const found = all.map((leaves) => leaves.get(what));
    const [first] = found.filter((leaf) => leaf !== undefined);
    const values = found.map((leaf) => leaf?.value);
    if (!first || new Set(values).size === 1) return [];
    // where it stands out: the first one that is not as in the first environment
    const other = found.find((leaf) => leaf !== undefined && leaf.value !== found[0]?.value) ?? first;
    return [{ what, name: first.name, values, position: other.position }];
  });
}

/** TERRAFORM_MODULES_DIFFER, TERRAFORM_ENVIRONMENTS_DIFFER, TERRAFORM_DIFFERENCE_MISSING. */
export function differenceFindings(
  differences: readonly EnvironmentDifference[],
  names: readonly string[],
  mayDiffer: readonly string[],
  where: string,
): readonly Finding[] {
  const undeclared = differences.filter(({ what, name }) => IS_A_MODULE.test(what) || !mayDiffer.includes(name));
  const none = mayDiffer.filter((name) => !differences.some((difference) => difference.name === name));
  return [
    ...undeclared.map(({ what, values, position }) => {
      const each = values.map((value, index) => `${names[index]}: ${brief(value)}`).join(', ');
      const where = formatPosition(position);
      return IS_A_MODULE.test(what)
        ? wrong('TERRAFORM_MODULES_DIFFER', where, `${what} is not the same in every environment (${each})`, {
            hint: 'Environments are made of the same modules: let what a module does depend on a variable.',
          })
        : wrong('TERRAFORM_ENVIRONMENTS_DIFFER', where, `${what} differs, and is not declared to (${each})`, {
            hint: 'Make the environments alike, or make it a variable and name that in mayDiffer of the claim.',
          });
    }),
    ...none.map((name) =>
      wrong('TERRAFORM_DIFFERENCE_MISSING', where, `${name} may differ, and is the same everywhere`, {
        hint: 'Take it out of mayDiffer: what is declared should be so.',
      }),
    ),
  ];
}

function leavesOf({ root, values }: Environment): Leaves {
  const leaves: Leaves = new Map();
  for (const { body } of root.files)
    for (const block of body.blocks) if (block.type !== 'variable') addBlock(leaves, block, titleOf(block));
  // the same folder, however it is written
  for (const call of root.calls) {
    const folder = localFolder(root.folder, call);
    const source = leaves.get(`module ${call.name}.source`);
    if (source && folder !== undefined) leaves.set(`module ${call.name}.source`, { ...source, value: folder });
  }
  for (const { name, standard, position } of root.variables) {
    const value = values.get(name) ?? standard;
    leaves.set(`variable ${name}`, {
      name,
      value: value ? shown(value) : 'no value',
      position: value?.position ?? position,
    });
  }
  return leaves;
}

function addBlock(leaves: Leaves, { body, position, labels, type }: HclBlock, title: string): void {
  if (type === 'backend' || type === 'cloud') return;
  // settings may stand in one block or in several
  if (type !== 'terraform') leaves.set(title, { name: labels.at(-1) ?? type, value: 'present', position });
  addBody(leaves, body, title);
}

function addBody(leaves: Leaves, { attributes, blocks }: HclBody, title: string): void {
  for (const { name, value, position } of attributes)
    leaves.set(`${title}.${name}`, { name, value: shown(value), position });
  const seen = new Map<string, number>();
  for (const block of blocks) {
    const count = seen.get(block.type) ?? 0;
    seen.set(block.type, count + 1);
    addBlock(leaves, block, `${title}.${titleOf(block)}${count === 0 ? '' : `[${count}]`}`);
  }
}

const titleOf = ({ type, labels }: HclBlock) => [type, ...labels].join(' ');
const shown = ({ string, text }: HclExpression) => (string === undefined ? text : `"${string}"`);

const LONGEST = 60;
function brief(value: string | undefined): string {
  if (value === undefined) return 'absent';
  return value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value;
}
