/**
 * What Git holds when a run begins, for a profile that names somebody's repository: the unit rendered with the pinned
 * programs, one object a file, with the changes of the overlay. Nothing of that repository is written.
 */
import { readFile, stat } from 'node:fs/promises';
import { nearestName } from '../documents/nearest-name.ts';
import { formatPosition } from '../documents/yaml-source.ts';
import { usageError } from '../errors/harness-error.ts';
import type { ManifestObject } from '../lint/manifest-set.ts';
import type { RepositoryFile } from '../profile/collect-repository.ts';
import type { Profile, ReferencedSource } from '../profile/profile.ts';
import { type DiscoveredUnits, discoverUnits } from '../units/discover-units.ts';
import { variantUnits } from '../units/file-variants.ts';
import { mergedFolders } from '../units/merged-folders.ts';
import { renderUnit } from '../units/render/render-unit.ts';
import { readRepositoryTree } from '../units/repository-tree.ts';
import { IN_PART, type RenderedUnit, type RenderPrograms } from '../units/unit-model.ts';
import { applyOverlay, type PlacedObject } from './apply-overlay.ts';
import { withClone } from './clone-repository.ts';
import { parseOverlay } from './overlay-document.ts';
import { renderedFiles } from './rendered-files.ts';

/**
 * @throws HarnessError (exit 2) PATH_MISSING, CLONE_FAILED, MANIFEST_YAML_SYNTAX, UNIT_UNKNOWN, UNIT_NOT_RENDERED, UNIT_VALUES, OVERLAY_MISSING,
 *   OVERLAY_STALE, PROFILE_APPLICATION_MISSING; DocumentError as parseOverlay
 */
export async function collectReferenced(
  profile: Profile,
  source: ReferencedSource,
  programs: RenderPrograms,
): Promise<readonly RepositoryFile[]> {
  const overlay = parseOverlay(await readOverlay(source.overlay, profile), source.overlay);
  const rendered = await inRepository(source.from, async (folder) => {
    const discovered = await discoverUnits(await readRepositoryTree(folder), programs);
    const unit = unitNamed(discovered.units, source.unit, profile.file);
    const whole = await withValueFiles(discovered, unit, source, programs);
    await refuseUnreadable(whole, discovered);
    return whole;
  });
  refuseUnrendered(rendered);
  const files = renderedFiles(
    applyOverlay(placedObjects(rendered), overlay, source.overlay),
    profile.source.application,
  );
  if (!files.some(({ path }) => path === profile.source.application))
    throw usageError('PROFILE_APPLICATION_MISSING', `neither ${source.unit} nor the overlay brings an Application`, {
      where: source.overlay,
      hint: 'Run canaryproof init --force again, or add one.',
    });
  return files;
}

/** The folder itself, or a clone for as long as the work lasts. */
function inRepository<Result>(
  from: ReferencedSource['from'],
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  if ('directory' in from) return work(from.directory);
  return withClone(from.url, from.commit, ({ folder }) => work(folder));
}

/** What a unit renders, with the Application that renders it. Twins of one identity: the last one, as Argo CD applies it. */
function placedObjects({ unit, objects }: RenderedUnit): readonly PlacedObject[] {
  const own = objects.filter(({ kind, group }) => !(group === 'argoproj.io' && /^Application(Set)?$/.test(kind)));
  const last = new Map(
    own.map((object) => [`${object.group}/${object.kind} ${object.namespace}/${object.name}`, object]),
  );
  return [...last.values(), ...(unit.application ? [unit.application] : [])].map(placed);
}

function placed(object: ManifestObject): PlacedObject {
  return { value: object.value, origin: formatPosition(object.positionOf([])).replace(/:\d+$/, '') };
}

/** @throws HarnessError (exit 2) UNIT_UNKNOWN */
export function unitNamed(units: readonly RenderedUnit[], name: string, where: string): RenderedUnit {
  const own = [...units, ...units.flatMap(variantUnits)];
  const found = [...own, ...mergedFolders(units)].find(({ unit }) => unit.name === name);
  if (found) return found;
  const known = own.map(({ unit }) => unit.name);
  const near = nearestName(name, known);
  throw usageError('UNIT_UNKNOWN', `the repository has no unit '${name}'${near ? `; did you mean '${near}'?` : ''}`, {
    where,
    hint: `Units: ${known.join(', ') || 'none'}.`,
  });
}

/**
 * A chart rendered once more, with files of the user's behind its own.
 * @throws HarnessError (exit 2) UNIT_VALUES
 */
export async function withValueFiles(
  { files }: DiscoveredUnits,
  rendered: RenderedUnit,
  { valueFiles }: Pick<ReferencedSource, 'valueFiles'>,
  programs: RenderPrograms,
): Promise<RenderedUnit> {
  if (valueFiles.length === 0) return rendered;
  const missing = valueFiles.find((file) => !files.tree.has(file));
  if (missing !== undefined)
    throw usageError('UNIT_VALUES', `the repository has no values file ${missing}`, {
      where: missing,
      hint: "Values files are named relative to the repository's root.",
    });
  const { unit } = rendered;
  if (!unit.sources.some(({ kind }) => kind === 'helm'))
    throw usageError('UNIT_VALUES', `${unit.name} is no chart, so it takes no values file`, { where: unit.name });
  const added = valueFiles.map((path) => ({ written: path, path, place: [] }));
  const sources = unit.sources.map((source) =>
    source.kind === 'helm' ? { ...source, valueFiles: [...source.valueFiles, ...added] } : source,
  );
  return renderUnit(files, { ...unit, sources }, programs);
}

/**
 * Of a file with a document that is no YAML, Argo CD applies nothing: what the others hold would be proven of what never comes.
 * The file that declares the Application is such a file as well, whoever applies it.
 * @throws HarnessError (exit 2) MANIFEST_YAML_SYNTAX
 */
export async function refuseUnreadable({ unit, findings }: RenderedUnit, { files }: DiscoveredUnits): Promise<void> {
  const declaring = unit.application ? await files.get(unit.application.path) : undefined;
  const broken = [...findings, ...(declaring?.syntaxFindings ?? [])].find(
    ({ code }) => code === 'MANIFEST_YAML_SYNTAX',
  );
  if (!broken) return;
  throw usageError(broken.code, `a file of ${unit.name} cannot be read: ${broken.sentence}`, {
    where: broken.where ?? unit.name,
    hint: 'Argo CD refuses the whole file, with the documents of it that are right. canaryproof lint shows the line.',
  });
}

/**
 * A part of a unit is none to prove anything with where what lies elsewhere may change it. What only adds objects to it, as
 * the resources of others and the charts that one depends on do, is left out, and the run says so.
 * @throws HarnessError (exit 2) UNIT_NOT_RENDERED in the words of the program that refused it
 */
export function refuseUnrendered({ unit, objects, findings, isPartial, isChangedElsewhere }: RenderedUnit): void {
  const inPart = isPartial
    ? findings.find(({ code }) => (isChangedElsewhere && code === IN_PART) || code === 'UNIT_NOT_RENDERED')
    : undefined;
  if (inPart)
    throw usageError('UNIT_NOT_RENDERED', inPart.sentence.replace(' is judged in part: ', ' is here only in part: '), {
      where: inPart.where ?? unit.name,
      hint: 'Nothing is fetched here. Vendor it, so that the whole is deployed and proven.',
    });
  if (objects.length > 0) return;
  // a chart that nobody applies is only warned of, and one without its dependencies is not judged: either is the reason
  const first =
    findings.find(({ severity }) => severity === 'error') ??
    findings.find(({ code }) => code === 'UNIT_NOT_RENDERED' || code === 'UNIT_NOT_JUDGED');
  throw usageError('UNIT_NOT_RENDERED', first?.sentence ?? `${unit.name} renders nothing`, {
    where: first?.where ?? unit.name,
    ...(first?.hint !== undefined
      ? { hint: first.hint }
      : unit.kind === 'chart'
        ? { hint: 'Its own values may switch everything off: name a values file (--values).' }
        : {}),
  });
}

async function readOverlay(file: string, profile: Profile): Promise<string> {
  const missing = (why: string, cause?: unknown) =>
    usageError('OVERLAY_MISSING', `cannot read the overlay ${file}: ${why}`, {
      where: profile.file,
      hint: 'Run canaryproof init --force again, or correct source.repository.overlay.',
      cause,
    });
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw missing(error.code === 'ENOENT' ? 'it is not there' : (error.code ?? 'unknown'), error);
  });
  // opening a pipe waits for whoever writes into it
  if (!found.isFile()) throw missing('it is no file');
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw missing(error.code ?? 'unknown', error);
  });
}
