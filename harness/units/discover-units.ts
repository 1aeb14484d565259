/**
 * Every unit of a repository, rendered. Applications come first, wherever their manifests stand or are rendered (app of
 * apps); then the kustomizations, charts and folders that no Application reads.
 */
import pLimit from 'p-limit';
import type { Finding, ManifestObject } from '../lint/manifest-set.ts';
import { unfoldSet } from './application-sets.ts';
import { isApplication, isApplicationSet, unitOfApplication } from './application-units.ts';
import type { NotJudged } from './manifest-files.ts';
import { areSeveralNamed, isNamedByApplications } from './own-repository.ts';
import { createParsedFiles, type ParsedFiles } from './parsed-files.ts';
import { renderUnit } from './render/render-unit.ts';
import { isBelow } from './repository-path.ts';
import type { RepositoryTree } from './repository-tree.ts';
import { sortFiles, standingUnits } from './standing-units.ts';
import {
  claimedFolders,
  foldersOf,
  isOfValueFile,
  type RenderedUnit,
  type RenderPrograms,
  type RenderUnit,
} from './unit-model.ts';

export interface DiscoveredUnits {
  readonly units: readonly RenderedUnit[];
  /** Of ApplicationSets that make units. */
  readonly findings: readonly Finding[];
  readonly notJudged: readonly NotJudged[];
  readonly files: ParsedFiles;
}

/** Programs at a time: each is quick and takes one processor. */
const AT_ONCE = 4;
/** Applications that bring Applications that bring Applications. */
const DEEPEST = 6;

export async function discoverUnits(given: RepositoryTree, programs: RenderPrograms): Promise<DiscoveredUnits> {
  const parsed = createParsedFiles(given);
  const sorted = await sortFiles(parsed);
  const declared = await applicationObjects(parsed, sorted.plain);
  const tree = {
    ...given,
    isNamedByApplications: isNamedByApplications(given, declared),
    areSeveralNamed: areSeveralNamed(declared),
  };
  const files = { ...parsed, tree };
  const limit = pLimit(AT_ONCE);
  const render = (unit: RenderUnit, only?: readonly string[]) => limit(() => renderUnit(files, unit, programs, only));
  const units = new Map<string, RenderedUnit>();
  const findings: Finding[] = [];

  const follow = async (found: readonly ManifestObject[]): Promise<void> => {
    let next = found;
    for (let depth = 0; depth < DEEPEST && next.length > 0; depth += 1) {
      const made = await applicationsOf(files, next);
      findings.push(...made.findings);
      const rendered = await Promise.all(
        newUnits(
          made.applications.map((application) => unitOfApplication(tree, application, found.includes(application))),
          [...units.values()].map(({ unit }) => unit),
        ).map((unit) => render(unit)),
      );
      for (const one of rendered) units.set(one.unit.name, one);
      next = rendered.flatMap(({ objects }) => objects).filter((one) => isApplication(one) || isApplicationSet(one));
    }
  };

  await follow(declared);
  const standing = await Promise.all(
    standingUnits(tree, sorted, [...units.values()]).map(({ unit, only }) => render(unit, only)),
  );
  await follow(
    standing
      .filter(({ unit }) => unit.kind !== 'folder')
      .flatMap(({ objects }) => objects)
      .filter((one) => isApplication(one) || isApplicationSet(one)),
  );
  const claimed = claimedFolders([...units.values()]);
  const left = standing.filter(
    (one) => !foldersOf(one.unit).some((folder) => claimed.has(folder)) && !(isOfValueFile(one.unit) && isNothing(one)),
  );
  return { units: [...units.values(), ...left], findings: unique(findings), notJudged: sorted.notJudged, files };
}

/** A file that holds a part of what a chart wants renders nothing alone; the chart itself is judged. */
function isNothing({ objects }: RenderedUnit): boolean {
  return objects.length === 0;
}

async function applicationObjects(files: ParsedFiles, plain: readonly string[]): Promise<readonly ManifestObject[]> {
  const parsed = await Promise.all(plain.map((file) => files.get(file)));
  return parsed.flatMap((file) => file?.objects ?? []).filter((one) => isApplication(one) || isApplicationSet(one));
}

async function applicationsOf(files: ParsedFiles, objects: readonly ManifestObject[]) {
  const sets = await Promise.all(objects.filter(isApplicationSet).map((set) => unfoldSet(files, set)));
  return {
    applications: [...objects.filter(isApplication), ...sets.flatMap(({ applications }) => applications)],
    findings: sets.flatMap(({ findings }) => findings),
  };
}

/** The same Application may be found twice, as a file and rendered; twins of one name with other sources stay apart. */
function newUnits(found: readonly RenderUnit[], known: readonly RenderUnit[]): readonly RenderUnit[] {
  const fresh: RenderUnit[] = [];
  const identity = (unit: RenderUnit) => JSON.stringify([unit.application?.name, unit.namespace, unit.sources]);
  const identities = new Set(known.map(identity));
  const names = new Set(known.map(({ name }) => name));
  for (const unit of found) {
    const own = identity(unit);
    if (identities.has(own)) continue;
    const name = names.has(unit.name) ? `${unit.name} of ${unit.application?.path ?? unit.namespace}` : unit.name;
    fresh.push({ ...unit, name });
    identities.add(own);
    names.add(name);
  }
  return fresh;
}

function unique(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ code, where, sentence }) => {
    const key = `${code} ${where} ${sentence}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** Whether a file is part of what was asked for; nothing asked for is everything. */
export function isAsked(file: string, asked: readonly string[]): boolean {
  return asked.length === 0 || asked.some((folder) => isBelow(folder, file));
}
