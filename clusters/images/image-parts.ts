/** Files for images out of installed components: pure, but for the hash of what has none yet. */
import { createHash } from 'node:crypto';
import { environmentError } from '../../harness/errors/harness-error.ts';
import type { InstalledComponent, Toolset } from '../toolchain/toolset.ts';
import type { ImageFile } from './image-plan.ts';

/** A file that an image takes, and what people are told about it. */
export interface Part {
  readonly file: ImageFile;
  readonly said: string;
}

/** @throws HarnessError IMAGE_PART_MISSING when the component has no such program */
export function program(toolset: Toolset, component: string, name: string, at = `/usr/local/bin/${name}`): Part {
  const found = toolset.component(component).programs[name];
  if (found === undefined)
    throw environmentError('IMAGE_PART_MISSING', `component ${component} has no program ${name}`, {
      where: toolset.component(component).directory,
      hint: 'The catalogue and the image plans do not fit each other: report it.',
    });
  return {
    file: { at, from: found.path, sha256: found.sha256, executable: true },
    said: `${name} ${found.version} (${found.origin})`,
  };
}

/** A data file that a component brings. Its hash is that of the whole component: it changes with it and never alone. */
export function dataFile(component: InstalledComponent, relative: string, at: string, executable = false): Part {
  const from = component.dataFile(relative);
  return {
    file: { at, from, sha256: sha256Of(`${component.directory} ${relative}`), executable },
    said: `${relative} of ${component.component} ${component.version}`,
  };
}

export function textFile(at: string, text: string, executable = false): ImageFile {
  return { at, from: { text }, sha256: sha256Of(text), executable };
}

export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
