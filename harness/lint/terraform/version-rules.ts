/**
 * Whether the same commit brings the same modules and providers tomorrow. Pure.
 *
 * Terraform takes the newest version that a constraint allows; for providers the lock file beside the root module keeps
 * what was chosen once. A constraint counts as pinned when something bounds it above: `4.1.0`, `~> 4.1`, `< 5`.
 */
import { formatPosition } from '../../documents/yaml-source.ts';
import type { Finding, ManifestFile } from '../manifest-set.ts';
import { wrong } from '../wrong.ts';
import { localFolder, type Modules } from './load-modules.ts';
import type { ModuleCall, TerraformModule } from './terraform-module.ts';

const LOCK_FILE = '.terraform.lock.hcl';
/** What people call branches; a ref with a digit is taken for a tag or a commit. */
const FIXED_REF = /[?&]ref=[^&]*\d/;
/** `namespace/name/provider`, with or without the host of a registry. */
const REGISTRY = /^(?:[\w.-]+\.[\w.-]+(?::\d+)?\/)?[\w-]+\/[\w-]+\/[\w-]+(?:\/\/.*)?$/;

/** TERRAFORM_MODULE_UNPINNED, TERRAFORM_SOURCE_UNREADABLE of every module, where it is called. */
export function modulePinFindings(modules: Modules): readonly Finding[] {
  return [...modules.values()].flatMap(({ folder, calls }) => calls.flatMap((call) => callPin(folder, call)));
}

function callPin(folder: string, call: ModuleCall): readonly Finding[] {
  const where = formatPosition((call.source ?? call).position);
  const source = call.source?.value.string;
  if (source === undefined)
    return [
      wrong(
        'TERRAFORM_SOURCE_UNREADABLE',
        where,
        `where module ${call.name} comes from is not written as a plain text`,
        {
          hint: 'Terraform wants a literal: source = "../../modules/network".',
        },
      ),
    ];
  if (localFolder(folder, call) !== undefined) return [];
  const version = call.version?.value.string;
  const isPinned = REGISTRY.test(source) ? isBounded(version) : FIXED_REF.test(source);
  if (isPinned) return [];
  return [
    wrong(
      'TERRAFORM_MODULE_UNPINNED',
      where,
      `module ${call.name} takes the newest of ${source}${version === undefined ? '' : ` that is ${version}`}`,
      {
        hint: REGISTRY.test(source)
          ? 'Give a version: version = "1.2.3".'
          : 'Name a tag or a commit: ?ref=v1.2.3. A branch is another thing tomorrow.',
      },
    ),
  ];
}

/** TERRAFORM_PROVIDER_UNPINNED, TERRAFORM_PROVIDER_UNDECLARED of a root module and all that it comes to. */
export function providerFindings(
  root: TerraformModule,
  reached: readonly TerraformModule[],
  files: readonly ManifestFile[],
): readonly Finding[] {
  const lock = files.find(({ path }) => path === (root.folder === '' ? LOCK_FILE : `${root.folder}/${LOCK_FILE}`));
  const unpinned = root.required.filter(
    ({ source, version }) => !isBounded(version) && !(lock && isLocked(lock.text, source)),
  );
  const declared = new Set(root.required.map(({ name }) => name));
  const undeclared = new Map(
    reached.flatMap(({ used, required }) => {
      const names = required.map(({ name }) => name);
      // a module that requires it itself may call it otherwise than the root does
      return [...used].filter(([name]) => !declared.has(name) && !names.includes(name));
    }),
  );
  const elsewhere = reached.flatMap(({ folder, required }) =>
    folder === root.folder ? [] : required.filter(({ source }) => !root.required.some((one) => one.source === source)),
  );
  return [
    ...unpinned.map(({ name, version, position }) =>
      wrong(
        'TERRAFORM_PROVIDER_UNPINNED',
        formatPosition(position),
        `provider ${name} may be any version${version === undefined ? '' : ` that is ${version}`}`,
        {
          hint: `Bound it above (version = "~> 4.1"), or commit ${LOCK_FILE}.`,
        },
      ),
    ),
    ...[...undeclared].map(([name, position]) =>
      wrong(
        'TERRAFORM_PROVIDER_UNDECLARED',
        formatPosition(position),
        `provider ${name} is used, and ${root.folder} requires no version of it`,
        {
          hint: `Name it in required_providers of ${root.folder}: Terraform guesses hashicorp/${name} and takes the newest.`,
        },
      ),
    ),
    ...elsewhere
      .filter(({ version }) => !isBounded(version))
      .map(({ source, position }) =>
        wrong(
          'TERRAFORM_PROVIDER_UNPINNED',
          formatPosition(position),
          `${source} is required here, and neither here nor in ${root.folder} bounded`,
          {
            hint: `Name it in required_providers of ${root.folder}, with a version that is bounded above.`,
          },
        ),
      ),
  ];
}

function isBounded(constraint: string | undefined): boolean {
  return (constraint ?? '').split(',').some((part) => /^\s*(?:=|~>|<=?)?\s*v?\d/.test(part));
}

function isLocked(lock: string, source: string): boolean {
  return lock.includes(`/${source.split('/').slice(-2).join('/')}"`);
}
