/** Every module that a root module comes to, along the sources of its calls, as far as they are in the repository. */
import { formatPosition } from '../../documents/yaml-source.ts';
import type { Finding, ManifestFile } from '../manifest-set.ts';
import { wrong } from '../wrong.ts';
import { type HclFile, hclFindings, parseHcl } from './parse-hcl.ts';
import { type ModuleCall, moduleOf, type TerraformModule } from './terraform-module.ts';

/** By folder. */
export type Modules = ReadonlyMap<string, TerraformModule>;

export interface LoadedModules {
  readonly modules: Modules;
  readonly findings: readonly Finding[];
}

/** A root and its modules have some dozens. */
const MOST_FILES = 1_000;
/** Read by Terraform, and not here: the same in JSON, and files that are merged over the others. */
const UNREAD = /\.tf\.json$|(?:^|\/)(?:[^/]*_)?override\.tf$/;

/**
 * TERRAFORM_FOLDER_EMPTY, TERRAFORM_FILE_UNREAD, TERRAFORM_HCL_SYNTAX, TERRAFORM_TOO_LARGE, TERRAFORM_MODULE_MISSING,
 * TERRAFORM_MODULE_OUTSIDE.
 */
export async function loadModules(files: readonly ManifestFile[], roots: readonly string[]): Promise<LoadedModules> {
  const inFolder = Map.groupBy(
    files.filter(({ path }) => /\.tf(?:\.json)?$/.test(path)),
    ({ path }) => path.slice(0, Math.max(0, path.lastIndexOf('/'))),
  );
  const modules = new Map<string, TerraformModule>();
  const findings: Finding[] = [];
  let read = 0;
  const open = [...new Set(roots)].map((folder) => ({ folder, from: undefined as ModuleCall | undefined }));
  for (let next = open.shift(); next; next = open.shift()) {
    const { folder, from } = next;
    if (modules.has(folder)) continue;
    const found = inFolder.get(folder) ?? [];
    if (found.length === 0) {
      findings.push(nothingThere(folder, from));
      continue;
    }
    read += found.length;
    if (read > MOST_FILES) {
      findings.push(
        wrong(
          'TERRAFORM_TOO_LARGE',
          folder,
          `with it there are ${read} files of Terraform, and up to ${MOST_FILES} are read`,
          {
            hint: 'Name the folders of fewer environments in one claim.',
          },
        ),
      );
      break;
    }
    const module = moduleOf(folder, await parseFolder(found, findings));
    modules.set(folder, module);
    for (const call of module.calls) {
      const target = localFolder(folder, call);
      if (target === 'outside')
        findings.push(
          wrong(
            'TERRAFORM_MODULE_OUTSIDE',
            formatPosition(call.position),
            `module ${call.name} is taken from ${call.source?.value.string}, outside of the repository`,
            {
              hint: 'What a repository does not hold is another thing on every machine: put the module into it, or pin it by a version.',
            },
          ),
        );
      else if (target !== undefined) open.push({ folder: target, from: call });
    }
  }
  return { modules, findings };
}

/** The folder that a call of this module takes from the repository; undefined: from somewhere else. */
export function localFolder(folder: string, { source }: ModuleCall): string | 'outside' | undefined {
  const text = source?.value.string;
  if (text === undefined || !/^\.{1,2}(?:\/|$)/.test(text)) return undefined;
  const parts = folder === '' ? [] : folder.split('/');
  for (const part of text.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return 'outside';
  }
  return parts.join('/');
}

async function parseFolder(found: readonly ManifestFile[], findings: Finding[]): Promise<HclFile[]> {
  const parsed: HclFile[] = [];
  for (const { path, text } of found) {
    if (UNREAD.test(path)) {
      findings.push(
        wrong('TERRAFORM_FILE_UNREAD', path, 'Terraform reads it, and canaryproof does not', {
          hint: 'Write it as a plain .tf file: JSON and override files are not judged.',
        }),
      );
      continue;
    }
    const file = await parseHcl(path, text);
    findings.push(...hclFindings(file));
    parsed.push(file);
  }
  return parsed;
}

function nothingThere(folder: string, from: ModuleCall | undefined): Finding {
  if (!from)
    return wrong('TERRAFORM_FOLDER_EMPTY', folder, 'the repository holds no .tf file in this folder', {
      hint: 'Name the folder of the root module, relative to the root of the repository.',
    });
  return wrong(
    'TERRAFORM_MODULE_MISSING',
    formatPosition(from.source?.position ?? from.position),
    `module ${from.name} is taken from ${from.source?.value.string}, and the repository holds no .tf file in ${folder || 'its root'}`,
    { hint: 'The path is relative to the folder of this file.' },
  );
}
