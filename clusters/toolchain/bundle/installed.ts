/** Between the cache and an exported file: which components go into it, and which of it are installed. */
import { environmentError, HarnessError, usageError } from '../../../harness/errors/harness-error.ts';
import type { LocatedRecipe } from '../build/build-missing.ts';
import { installComponent } from '../build/install.ts';
import type { CacheLayout } from '../cache-layout.ts';
import type { Architecture } from '../catalogue/recipe.ts';
import { requireDiskSpace } from '../disk-space.ts';
import { inspectComponent } from '../manifest.ts';
import { notTrusted } from '../trust.ts';
import { type ExportedBundle, exportBundle } from './export-bundle.ts';
import { openBundle } from './import-bundle.ts';

export interface ImportOptions {
  /** Hex digits that the hash of the whole file must have. */
  readonly sha256?: string;
}

export interface ImportedBundle {
  readonly sha256: string;
  readonly installed: readonly string[];
  /** Were there and intact. */
  readonly kept: readonly string[];
  /** Of recipes that this version of canaryproof does not have. */
  readonly passedOver: readonly string[];
}

interface ExportRun {
  readonly architecture: Architecture;
  readonly signal: AbortSignal;
  /** Each of them was asked for, so none may be missing. */
  readonly isWish: boolean;
}

export async function exportInstalled(
  file: string,
  located: readonly LocatedRecipe[],
  { architecture, signal, isWish }: ExportRun,
): Promise<ExportedBundle> {
  const found = [];
  const missing: string[] = [];
  for (const { recipe, hash, directory } of located) {
    const inspection = await inspectComponent(directory, hash, { thorough: false });
    if (inspection.state === 'untrusted') throw notTrusted(directory, inspection.reason);
    // what was left out without a word would be missed on the machine that it was meant for
    if (inspection.state === 'damaged')
      throw environmentError(
        'CACHE_CHANGED',
        `a component of the cache is not as it was installed: ${inspection.reason}`,
        {
          where: directory,
          hint: `Nothing was exported. \`npm run toolchain -- ensure ${recipe.component}=${recipe.version}\` builds it again.`,
        },
      );
    if (inspection.state === 'intact') found.push({ directory, manifest: inspection.manifest });
    else missing.push(`${recipe.component} ${recipe.version}`);
  }
  if (found.length === 0 || (isWish && missing.length > 0))
    throw usageError(
      'TOOLCHAIN_NOTHING_TO_EXPORT',
      isWish ? `not installed here: ${missing.join(', ')}` : 'no component is installed here',
      { hint: 'Run what needs them once (npm start), or `npm run toolchain -- ensure NAME`.' },
    );
  return exportBundle(file, architecture, found, signal);
}

interface ImportRun extends ImportOptions {
  readonly layout: CacheLayout;
  readonly architecture: Architecture;
  readonly locked: <T>(work: () => Promise<T>) => Promise<T>;
  readonly clock: () => number;
}

export async function importInstalled(
  file: string,
  located: readonly LocatedRecipe[],
  { layout, architecture, locked, clock, sha256 }: ImportRun,
): Promise<ImportedBundle> {
  const bundle = await openBundle(file);
  try {
    if (sha256 !== undefined && sha256.toLowerCase() !== bundle.sha256)
      throw environmentError('TOOLCHAIN_FILE_OTHER', `the file's sha256 is ${bundle.sha256}, not ${sha256}`, {
        where: file,
        hint: 'It is not the file that was meant. Nothing was changed.',
      });
    const byHash = new Map(located.map((each) => [each.hash, each]));
    const known = bundle.components.filter(({ recipeHash }) => byHash.has(recipeHash));
    if (bundle.architecture !== architecture || known.length === 0) throw ofAnother(file, bundle, architecture);
    await requireDiskSpace(
      layout.root,
      known.flatMap(({ files }) => files).reduce((sum, { bytes }) => sum + bytes, 0),
      0,
    );
    const names = { installed: [] as string[], kept: [] as string[], passedOver: [] as string[] };
    await locked(async () => {
      for (const component of bundle.components) {
        const { component: name, version, origin, recipeHash } = component;
        const at = byHash.get(recipeHash);
        const before = at && (await inspectComponent(at.directory, recipeHash, { thorough: true }));
        if (at !== undefined && before?.state === 'untrusted') throw notTrusted(at.directory, before.reason);
        if (at === undefined || before?.state === 'intact') {
          await bundle.skip(component);
          (at === undefined ? names.passedOver : names.kept).push(`${name} ${version}`);
          continue;
        }
        const identity = { component: name, version, origin, recipeHash };
        const place = { directory: at.directory, stagingDirectory: layout.staging, identity, clock };
        await installComponent(place, (directory) => bundle.fill(component, directory));
        names.installed.push(`${name} ${version}`);
      }
    });
    return { sha256: bundle.sha256, ...names };
  } catch (error) {
    if (error instanceof HarnessError || !(error instanceof Error && 'syscall' in error)) throw error;
    throw environmentError('CACHE_NOT_WRITABLE', `the cache cannot be written: ${error.message}`, {
      where: layout.root,
      hint: 'Make it writable, or set CANARYPROOF_CACHE to a directory that is.',
      cause: error,
    });
  } finally {
    await bundle.close();
  }
}

function ofAnother(
  where: string,
  bundle: { readonly architecture: string; readonly components: readonly unknown[] },
  here: Architecture,
): Error {
  const why =
    bundle.architecture === here
      ? `none of its ${bundle.components.length} components is of a recipe of this version`
      : `it was exported on ${bundle.architecture}, this machine is ${here}`;
  return environmentError('TOOLCHAIN_FILE_OTHER', `the file is of another machine or version: ${why}`, {
    where,
    hint: 'Export it anew with this version on such a machine; without it the components are built. Nothing was changed.',
  });
}
