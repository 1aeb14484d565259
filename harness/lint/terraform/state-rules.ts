/**
 * Where each environment keeps its state: two that share it overwrite each other's resources. Pure.
 *
 * Only what says where is compared; a resource group or a profile beside it makes no other place.
 */
import { formatPosition, type SourcePosition } from '../../documents/yaml-source.ts';
import type { Finding } from '../manifest-set.ts';
import { wrong } from '../wrong.ts';
import type { HclBlock, HclExpression } from './hcl-body.ts';
import { backendsOf, type TerraformModule } from './terraform-module.ts';

/** By the name of the backend, in Terraform's documentation of each. */
const PLACE: Readonly<Record<string, readonly string[]>> = {
  azurerm: ['storage_account_name', 'container_name', 'key'],
  consul: ['address', 'path'],
  cos: ['bucket', 'prefix', 'key'],
  gcs: ['bucket', 'prefix'],
  http: ['address'],
  kubernetes: ['namespace', 'secret_suffix', 'config_context'],
  oss: ['bucket', 'prefix', 'key'],
  pg: ['conn_str', 'schema_name'],
  s3: ['bucket', 'key'],
};

export interface StatePlace {
  readonly environment: string;
  readonly position: SourcePosition;
  /** `azurerm gridostate/tfstate/dev.tfstate`. */
  readonly place: string;
}

/**
 * TERRAFORM_STATE_LOCAL, TERRAFORM_STATE_UNKNOWN.
 * @param configured of the file for `-backend-config`
 */
export function statePlace(
  environment: string,
  root: TerraformModule,
  configured: ReadonlyMap<string, HclExpression>,
): StatePlace | Finding {
  const [backend] = backendsOf(root);
  const type = backend?.type === 'cloud' ? 'cloud' : backend?.labels[0];
  if (!backend || type === 'local')
    return wrong(
      'TERRAFORM_STATE_LOCAL',
      backend ? formatPosition(backend.position) : root.folder,
      `${environment} keeps its state on the machine that runs Terraform`,
      {
        hint: 'Give it a backend of its own: terraform { backend "azurerm" { … } }.',
      },
    );
  const said = settingsOf(backend, configured);
  const names = PLACE[type ?? ''] ?? [...said.keys()].sort();
  const known = names.flatMap((name) => said.get(name) ?? []);
  // what names the file itself comes last
  if (known.length === 0 || (PLACE[type ?? ''] && !said.has(names.at(-1) ?? '') && !said.has('path')))
    return wrong(
      'TERRAFORM_STATE_UNKNOWN',
      formatPosition(backend.position),
      `where ${environment} keeps its state is not said: ${names.at(-1) ?? 'the backend'} is not set`,
      {
        hint: 'Write it into the block, or name the file of -backend-config in the claim.',
      },
    );
  return { environment, position: backend.position, place: `${type} ${known.join('/')}` };
}

/** TERRAFORM_STATE_SHARED. */
export function sharedStateFindings(places: readonly StatePlace[]): readonly Finding[] {
  return [...Map.groupBy(places, ({ place }) => place)].flatMap(([place, [first, ...others]]) =>
    others.map(({ environment, position }) =>
      wrong(
        'TERRAFORM_STATE_SHARED',
        formatPosition(position),
        `${environment} keeps its state where ${first?.environment} does: ${place}`,
        {
          hint: 'Whoever applies one plans to destroy the other. Give each environment a key of its own.',
        },
      ),
    ),
  );
}

function settingsOf(backend: HclBlock, configured: ReadonlyMap<string, HclExpression>): Map<string, string> {
  const own = backend.body.attributes.map(({ name, value }) => [name, value] as const);
  const inner = backend.body.blocks.flatMap(({ type, body }) =>
    body.attributes.map(({ name, value }) => [`${type}.${name}`, value] as const),
  );
  return new Map([...own, ...inner, ...configured].map(([name, value]) => [name, value.string ?? value.text]));
}
