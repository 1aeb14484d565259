/** The packages of a component that came by npm, as the lock says that it was installed with. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** As in the lock: `sha512-` and base64. */
  readonly integrity?: string;
  /** What its package.json calls its licence, an SPDX expression as a rule. */
  readonly license?: string;
}

const lockSchema = z.looseObject({
  packages: z.record(
    z.string(),
    z.looseObject({
      version: z.string().optional(),
      integrity: z.string().optional(),
      license: z.string().optional(),
      dev: z.boolean().optional(),
    }),
  ),
});

const MODULES = 'node_modules/';

/** Each once, by name and version. @param directory of the component @returns undefined where npm had no part in it */
export async function npmPackages(directory: string): Promise<readonly NpmPackage[] | undefined> {
  const text = await readFile(path.join(directory, 'tree', 'package-lock.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const found = new Map<string, NpmPackage>();
  for (const [place, { version, integrity, license }] of Object.entries(lockSchema.parse(JSON.parse(text)).packages)) {
    if (!place.includes(MODULES) || version === undefined) continue;
    const name = place.slice(place.lastIndexOf(MODULES) + MODULES.length);
    found.set(`${name}@${version}`, {
      ...{ name, version },
      ...(integrity === undefined ? {} : { integrity }),
      ...(license === undefined ? {} : { license }),
    });
  }
  return [...found.values()];
}
