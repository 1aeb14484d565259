/** What `ensure` hands out: installed components, their programs and the data files beside them. */
import path from 'node:path';
import { environmentError, usageError } from '../../harness/errors/harness-error.ts';
import type { ComponentManifest } from './manifest.ts';

/** @public */
export interface Program {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** What the program itself says, such as `v1.35.4`. */
  readonly version: string;
  readonly origin: string;
  readonly sha256: string;
}

export interface InstalledComponent {
  readonly component: string;
  readonly version: string;
  readonly directory: string;
  readonly programs: Readonly<Record<string, Program>>;
  /**
   * Absolute path of a data file or directory, named as in its module: `manifests/charts/base`.
   * @throws HarnessError COMPONENT_DATA_UNKNOWN when it was not installed.
   */
  dataFile(relative: string): string;
}

export interface Toolset {
  readonly components: readonly InstalledComponent[];
  /** What had to be built for this; empty when everything was there. */
  readonly built: readonly string[];
  /** @throws HarnessError COMPONENT_NOT_ENSURED when it was not asked for. */
  component(name: string, version?: string): InstalledComponent;
}

export function installedComponent(directory: string, manifest: ComponentManifest): InstalledComponent {
  const { component, version } = manifest;
  return {
    component,
    version,
    directory,
    programs: Object.fromEntries(
      manifest.programs.map(({ file, ...program }) => [
        program.name,
        { ...program, path: path.join(directory, file), sha256: manifest.files[file]?.sha256 ?? '' },
      ]),
    ),
    dataFile(relative) {
      const inside = path.posix.join('data', relative);
      const known = Object.keys(manifest.files).some((file) => file === inside || file.startsWith(`${inside}/`));
      if (!known)
        throw environmentError('COMPONENT_DATA_UNKNOWN', `${component} ${version} keeps no data file "${relative}"`, {
          where: directory,
          hint: 'The catalogue lists which files of a module are kept: add it there.',
        });
      return path.join(directory, inside);
    },
  };
}

export function createToolset(components: readonly InstalledComponent[], built: readonly string[]): Toolset {
  return {
    components,
    built,
    component(name, version) {
      const wanted = version?.replace(/^v/, '');
      const found = components.find((each) => each.component === name && (!wanted || each.version === wanted));
      if (found === undefined)
        throw usageError('COMPONENT_NOT_ENSURED', `${name}${version ? ` ${version}` : ''} was not asked for`, {
          hint: `Asked for: ${components.map((each) => `${each.component} ${each.version}`).join(', ') || 'nothing'}.`,
        });
      return found;
    },
  };
}
