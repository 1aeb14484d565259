/** The Rollout that was meant, its AnalysisTemplates, and the unit that renders both. */
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { usageError } from '../errors/harness-error.ts';
import { hideInUrls } from '../errors/hidden-words.ts';
import { asRecord, type ManifestObject, type ManifestSet } from '../lint/manifest-set.ts';
import type { Profile } from '../profile/profile.ts';
import { discoverUnits, isAsked } from '../units/discover-units.ts';
import { type RepositoryTree, readFolderTree, readRepositoryTree } from '../units/repository-tree.ts';
import { foldersOf, IN_PART, type RenderedUnit, type RenderPrograms } from '../units/unit-model.ts';

export interface RolloutAsk {
  /** A profile, or the absolute path of a folder of any repository. */
  readonly source: Profile | string;
  /** Names; undefined: there is only one, or all render the same policy. */
  readonly rollout: string | undefined;
  readonly unit: string | undefined;
}

export interface FoundRollout {
  readonly unit: string;
  readonly rollout: ManifestObject;
  readonly templates: readonly ManifestObject[];
  /** For the linter: the objects of the unit, and those of all others. */
  readonly set: ManifestSet;
  readonly tree: RepositoryTree;
  /** What of the unit lies in another repository, which may change the policy; a sentence each. */
  readonly inPart: readonly string[];
}

interface Candidate {
  readonly unit: RenderedUnit;
  readonly rollout: ManifestObject;
  readonly templates: readonly ManifestObject[];
}

/** @throws HarnessError (exit 2) SIMULATION_NO_ROLLOUT, SIMULATION_ROLLOUT_AMBIGUOUS, SIMULATION_REMOTE, PATH_MISSING */
export async function findRollout(ask: RolloutAsk, programs: RenderPrograms): Promise<FoundRollout> {
  const place = await lookAt(ask, programs);
  return foundOf(onlyOne(place, choose(place)), place);
}

/**
 * Every policy once, in the order of their names.
 * @throws HarnessError (exit 2) SIMULATION_NO_ROLLOUT, SIMULATION_REMOTE, PATH_MISSING
 */
export async function findRollouts(ask: RolloutAsk, programs: RenderPrograms): Promise<readonly FoundRollout[]> {
  const place = await lookAt(ask, programs);
  const different = new Map(choose(place).map((candidate) => [policyOf(candidate), candidate]));
  const inOrder = [...different.values()].toSorted((a, b) => (a.rollout.name < b.rollout.name ? -1 : 1));
  return inOrder.map((candidate) => foundOf(candidate, place));
}

/** A source, read and rendered. */
interface Place {
  readonly ask: RolloutAsk;
  readonly tree: RepositoryTree;
  readonly units: readonly RenderedUnit[];
  readonly concerned: readonly RenderedUnit[];
  readonly candidates: readonly Candidate[];
  readonly application: string | undefined;
  readonly where: string;
  /** Files that were left out, and why. */
  readonly unread: readonly string[];
}

async function lookAt(ask: RolloutAsk, programs: RenderPrograms): Promise<Place> {
  const { tree, asked, application } = await readSource(ask.source);
  const unit = ask.unit ?? (typeof ask.source === 'string' ? undefined : ask.source.source.repository?.unit);
  const { units, notJudged } = await discoverUnits(tree, programs);
  const concerned = units.filter((one) => concerns(one, asked));
  const candidates = concerned.flatMap((one) =>
    rolloutsOf(one).map((rollout): Candidate => ({ unit: one, rollout, templates: templatesFor(rollout, one, units) })),
  );
  const where = path.join(tree.root, asked);
  const unread = notJudged
    .filter(({ path: file }) => isAsked(file, asked === '' ? [] : [asked]))
    .map(({ path: file, why }) => `${file}: ${why}`);
  return { ask: { ...ask, unit }, tree, units, concerned, candidates, application, where, unread };
}

function foundOf({ unit: rendered, rollout, templates }: Candidate, { tree, units }: Place): FoundRollout {
  return {
    unit: rendered.unit.name,
    rollout,
    templates,
    set: {
      files: [],
      objects: rendered.objects,
      syntaxFindings: [],
      defaultNamespace: rendered.unit.namespace,
      others: units.flatMap(({ objects }) => objects),
    },
    tree,
    inPart: rendered.findings.filter(({ code }) => code === IN_PART).map(({ sentence }) => sentence),
  };
}

async function readSource(source: Profile | string) {
  if (typeof source === 'string') {
    const tree = await readRepositoryTree(source);
    const folder = (await stat(source)).isDirectory() ? source : path.dirname(source);
    const asked = path
      .relative(tree.root, await realpath(folder))
      .split(path.sep)
      .join('/');
    return { tree, asked, application: undefined };
  }
  const { directory, application, repository } = source.source;
  if (repository && 'directory' in repository.from)
    return { tree: await readRepositoryTree(repository.from.directory), asked: '', application: undefined };
  if (repository && 'url' in repository.from) {
    const { url, commit } = repository.from;
    const shown = hideInUrls(url);
    throw usageError('SIMULATION_REMOTE', `profile ${source.name} refers to ${shown}, and simulate reads files alone`, {
      where: source.file,
      hint: `Clone it, check out ${commit}, and give its folder, with --unit '${repository.unit}' and the traffic as options.`,
    });
  }
  if (directory === undefined)
    throw usageError('SIMULATION_NO_ROLLOUT', `profile ${source.name} brings no manifests of its own`, {
      where: source.file,
      hint: 'Simulate a profile with a Rollout, or a folder that holds one.',
    });
  return { tree: await readFolderTree(directory, undefined), asked: '', application };
}

/** Below what was asked for, or made from a file of it, such as the base of an overlay. */
function concerns({ unit, files }: RenderedUnit, asked: string): boolean {
  if (asked === '') return true;
  return (
    foldersOf(unit).some((folder) => isAsked(folder, [asked])) || [...files].some((file) => isAsked(file, [asked]))
  );
}

/** Patches have no strategy of their own. */
function rolloutsOf({ objects }: RenderedUnit): readonly ManifestObject[] {
  return objects.filter(({ kind, value }) => kind === 'Rollout' && asRecord(asRecord(value.spec)?.strategy));
}

const isTemplate = ({ kind }: ManifestObject) => kind === 'AnalysisTemplate' || kind === 'ClusterAnalysisTemplate';

/** Those of the unit; what it does not bring, another unit may. */
function templatesFor(
  rollout: ManifestObject,
  unit: RenderedUnit,
  units: readonly RenderedUnit[],
): readonly ManifestObject[] {
  const isNear = ({ kind, namespace }: ManifestObject) =>
    kind === 'ClusterAnalysisTemplate' ||
    namespace === rollout.namespace ||
    namespace === '' ||
    rollout.namespace === '';
  const own = unit.objects.filter((object) => isTemplate(object) && isNear(object));
  const keyOf = ({ kind, name }: ManifestObject) => `${kind} ${name}`;
  const named = new Set(own.map(keyOf));
  const others = new Map<string, ManifestObject>();
  for (const object of units.filter((other) => other !== unit).flatMap(({ objects }) => objects))
    if (isTemplate(object) && isNear(object) && !named.has(keyOf(object)))
      others.set(`${keyOf(object)} ${JSON.stringify(object.value.spec)}`, object);
  return [...own, ...others.values()];
}

/** Those that were meant, at least one. */
function choose({ candidates, ask, application, where, concerned, unread }: Place): readonly Candidate[] {
  const { rollout: wanted, unit: wantedUnit } = ask;
  const named = candidates
    .filter(({ rollout }) => wanted === undefined || rollout.name === wanted)
    .filter(({ unit }) => wantedUnit === undefined || isUnit(unit, wantedUnit));
  const deployed = named.filter(({ unit }) => application !== undefined && unit.unit.application?.path === application);
  const found = deployed.length > 0 ? deployed : named;
  if (found.length === 0) {
    const problems = [
      ...concerned.flatMap(({ findings }) =>
        findings.flatMap(({ severity, where: at, sentence }) => (severity === 'error' ? [`${at}: ${sentence}`] : [])),
      ),
      ...unread,
    ];
    throw usageError(
      'SIMULATION_NO_ROLLOUT',
      `there is no Rollout${wanted === undefined ? '' : ` ${wanted}`}${wantedUnit === undefined ? '' : ` in ${wantedUnit}`} here`,
      {
        where,
        hint:
          candidates.length > 0
            ? `Known: ${list(candidates)}.`
            : (problems[0] ?? 'Give a folder, chart or kustomization that renders a Rollout.'),
      },
    );
  }
  return found;
}

function onlyOne({ where }: Place, found: readonly Candidate[]): Candidate {
  if (new Set(found.map(policyOf)).size > 1)
    throw usageError('SIMULATION_ROLLOUT_AMBIGUOUS', `there are several policies here: ${list(found)}`, {
      where,
      hint: 'Name one with --rollout or --unit, give a folder that renders it once, or compare all with --side-by-side.',
    });
  return found[0]!;
}

const list = (all: readonly Candidate[]) =>
  [...new Set(all.map(({ unit, rollout }) => `${rollout.name} in ${unit.unit.name}`))].join(', ');

/** `overlays/dev`, or the whole name, `kustomization overlays/dev`. */
function isUnit({ unit }: RenderedUnit, wanted: string): boolean {
  return unit.name === wanted || unit.name.slice(unit.name.indexOf(' ') + 1) === wanted;
}

/** What a simulation reads, without the place: overlays for several environments often differ in nothing else. */
function policyOf({ rollout, templates }: Candidate): string {
  const spec = asRecord(rollout.value.spec);
  return JSON.stringify([
    rollout.name,
    spec?.strategy,
    asRecord(asRecord(asRecord(spec?.template)?.metadata)?.labels),
    templates.map(({ name, value }) => [name, value.spec]).toSorted(),
  ]);
}
