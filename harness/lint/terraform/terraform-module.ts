/** A folder of Terraform files as one module: what it asks for, calls and requires. Pure. */
import type { SourcePosition } from '../../documents/yaml-source.ts';
import { attributeNamed, blocksOf, type HclAttribute, type HclBlock, type HclExpression } from './hcl-body.ts';
import type { HclFile, VariableReference } from './parse-hcl.ts';

export interface TerraformVariable {
  readonly name: string;
  readonly position: SourcePosition;
  /** Undefined where whoever uses the module must give it. */
  readonly standard: HclExpression | undefined;
  /** Read somewhere else than in its own block. */
  readonly isUsed: boolean;
}

export interface ModuleCall {
  readonly name: string;
  readonly position: SourcePosition;
  readonly source: HclAttribute | undefined;
  readonly version: HclAttribute | undefined;
  /** What it gives to the module. */
  readonly inputs: readonly HclAttribute[];
}

export interface RequiredProvider {
  readonly name: string;
  readonly position: SourcePosition;
  /** `hashicorp/azurerm`; by default of that name among HashiCorp's own. */
  readonly source: string;
  /** The constraint; undefined where any version will do. */
  readonly version: string | undefined;
}

export interface TerraformModule {
  /** From the root of the repository, without a slash at its end. */
  readonly folder: string;
  readonly files: readonly HclFile[];
  readonly variables: readonly TerraformVariable[];
  readonly calls: readonly ModuleCall[];
  readonly required: readonly RequiredProvider[];
  /** Local names of providers that its resources are of, and where the first of each is. */
  readonly used: ReadonlyMap<string, SourcePosition>;
  readonly references: readonly VariableReference[];
}

/** Of a call, and no input of the module (Terraform's "meta-arguments"). */
const ABOUT_THE_CALL = new Set(['source', 'version', 'count', 'for_each', 'providers', 'depends_on']);
/** Built into Terraform itself. */
const BUILT_IN = 'terraform';

export function moduleOf(folder: string, files: readonly HclFile[]): TerraformModule {
  const blocks = files.flatMap(({ body }) => body.blocks);
  const ofType = (type: string) => blocks.filter((block) => block.type === type);
  const settings = ofType(BUILT_IN);
  return {
    folder,
    files,
    variables: files.flatMap((file) =>
      blocksOf(file.body, 'variable').map((block) => ({
        name: block.labels[0] ?? '',
        position: block.position,
        standard: attributeNamed(block.body, 'default')?.value,
        isUsed: files.some(({ references }) =>
          references.some(
            ({ name, offset, position }) =>
              name === block.labels[0] && !(position.path === file.path && isInside(offset, block)),
          ),
        ),
      })),
    ),
    calls: ofType('module').map((block) => ({
      name: block.labels[0] ?? '',
      position: block.position,
      source: attributeNamed(block.body, 'source'),
      version: attributeNamed(block.body, 'version'),
      inputs: block.body.attributes.filter(({ name }) => !ABOUT_THE_CALL.has(name)),
    })),
    required: settings.flatMap(({ body }) =>
      blocksOf(body, 'required_providers').flatMap((block) => block.body.attributes.map(requiredProvider)),
    ),
    used: usedProviders(blocks),
    references: files.flatMap(({ references }) => references),
  };
}

/** `terraform { backend "…" }` and `terraform { cloud }`. */
export function backendsOf({ files }: TerraformModule): readonly HclBlock[] {
  const settings = files.flatMap(({ body }) => blocksOf(body, BUILT_IN));
  return settings.flatMap(({ body }) => body.blocks.filter(({ type }) => type === 'backend' || type === 'cloud'));
}

function isInside(offset: number, { range: [from, to] }: HclBlock): boolean {
  return offset >= from && offset < to;
}

/** `azurerm = { source = "…", version = "…" }`, or the constraint alone, as it was written before Terraform 0.13. */
function requiredProvider({ name, position, value }: HclAttribute): RequiredProvider {
  const { entries, string } = value;
  return {
    ...{ name, position },
    source: entries?.get('source')?.string ?? `hashicorp/${name}`,
    version: entries?.get('version')?.string ?? string,
  };
}

function usedProviders(blocks: readonly HclBlock[]): ReadonlyMap<string, SourcePosition> {
  const used = new Map<string, SourcePosition>();
  for (const { type, labels, body, position } of blocks) {
    const kind = type === 'resource' || type === 'data' ? labels[0] : undefined;
    // `provider = azurerm.west` says which one; else the first word of the resource's type does
    const [name] = (attributeNamed(body, 'provider')?.value.text ?? kind?.split('_')[0] ?? '').split(' ');
    if (kind !== undefined && name && name !== BUILT_IN && !used.has(name)) used.set(name, position);
  }
  return used;
}
