/** Connects `bisect` with the toolchain or the user's repository, and with `conform` for each of its steps. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CATALOGUE } from '../../../../clusters/toolchain/catalogue/catalogue.ts';
import { selectRecipes } from '../../../../clusters/toolchain/selection.ts';
import { type BisectReport, bisect as bisectUseCase, type Candidate } from '../../../bisect/bisect.ts';
import { readJournal, renderJournal, type StepRun } from '../../../bisect/journal.ts';
import { releasesOf } from '../../../bisect/releases.ts';
import { EXIT, environmentError, HarnessError } from '../../../errors/harness-error.ts';
import type { Progress } from '../../../ports/progress.ts';
import { makeFolder, writeFileAtomic } from '../../../process/atomic-file.ts';
import { takeLock } from '../../../process/kernel-lock.ts';
import { packageRoot } from '../../../process/package-root.ts';
import { loadProfile } from '../../../profile/load-profile.ts';
import type { Profile } from '../../../profile/profile.ts';
import { selectClaims } from '../../../profile/select-claims.ts';
import type { BisectProduct, BisectRequest, ConformRequest } from '../../cluster-requests.ts';
import { mainReport } from '../../talk/main-report.ts';
import type { World } from '../../world.ts';
import { toolchainOf } from '../components.ts';
import { conform, declaredDigest } from '../conform.ts';
import { type CommitSearch, commitsToSearch } from './bisect-commits.ts';

interface Runs {
  readonly world: World;
  readonly progress: Progress;
  readonly parts: BisectParts;
  readonly profile: Profile;
  /** Whole id. */
  readonly claim: string;
}

/** What the two kinds of search differ in. */
interface Searched {
  readonly what: BisectReport['what'];
  readonly candidates: readonly Candidate[];
  /** What must be the same for answers of before to count. */
  readonly sameAs: readonly string[];
  /** Runs one candidate; the request names its cluster already. */
  judge(candidate: Candidate, request: ConformRequest): Promise<Omit<StepRun, 'candidate'>>;
}

/** What a test replaces, so that it needs no cluster. */
export interface BisectParts {
  readonly conform: typeof conform;
  readonly declaredDigest: typeof declaredDigest;
  readonly installed: (progress: Progress) => Promise<readonly { component: string; version: string }[]>;
}

/**
 * @throws HarnessError (exit 2) COMPONENT_UNKNOWN, COMPONENT_VERSION_UNKNOWN, CLAIM_UNKNOWN, BISECT_* and those of loading
 *   a profile; (exit 3) BISECT_IN_USE; (exit 5) BISECT_JOURNAL_*
 */
export async function bisect(
  world: World,
  request: BisectRequest,
  progress: Progress,
  parts: BisectParts = { conform, declaredDigest, installed: (told) => toolchainOf(world, told).installed() },
): Promise<BisectProduct> {
  const profile = await loadProfile(request.conform.profile, {
    packageRoot: packageRoot(),
    workingDirectory: world.cwd,
  });
  const chosen = selectClaims(profile, [request.claim]).claims.map(({ id }) => id);
  const claim = chosen.find((id) => id === request.claim || id.slice(id.indexOf('/') + 1) === request.claim);
  if (claim === undefined) throw new Error(`the claims ${chosen.join(', ')} lack ${request.claim}`);
  const runs: Runs = { world, progress, parts, profile, claim };
  const searched =
    'component' in request.over
      ? await overReleases(runs, request.conform, request.over)
      : overCommits(runs, await commitsToSearch(profile, request.over.commits));
  const { candidates, what } = searched;
  const question = `${what}s of ${profile.name}, ${candidates[0]?.shown} to ${candidates.at(-1)?.shown}: ${claim}`;
  const journal = path.join(
    request.conform.runsDirectory,
    `bisect-${profile.name}-${digestOf([claim, ...searched.sameAs, ...sameConditions(request.conform)])}.json`,
  );
  await makeFolder(path.dirname(journal));
  const lock = await takeLock(`${journal}.lock`, { kind: 'exclusive', waitMs: 0 });
  if (lock === undefined)
    throw environmentError('BISECT_IN_USE', 'another search of the same question is going on', {
      where: journal,
      hint: 'Wait for it, or give this one another --run-dir.',
    });
  try {
    const report = await bisectUseCase(
      { subject: profile.name, claim, what, candidates },
      await knownRuns(journal),
      {
        judge: (candidate) =>
          searched.judge(candidate, {
            ...request.conform,
            claims: [request.claim],
            clusterName: clusterNameOf(request.conform.clusterName ?? profile.name, candidate),
          }),
        keep: (runs) => writeFileAtomic(journal, renderJournal(question, runs)),
        note: (text) => progress.note(text),
      },
      world.interruption.signal,
    );
    return { report, journal };
  } finally {
    await lock.release({ remove: true });
  }
}

async function overReleases(
  runs: Runs,
  request: ConformRequest,
  { component, range }: Extract<BisectRequest['over'], { readonly component: string }>,
): Promise<Searched> {
  const { world, progress, parts, profile } = runs;
  selectRecipes(CATALOGUE, [{ name: component }]);
  const installed = await parts.installed(progress);
  const known = CATALOGUE.filter((recipe) => recipe.component === component).map(({ version }) => ({
    version,
    isBuilt: installed.some((there) => there.component === component && there.version === version),
  }));
  const candidates = releasesOf(component, known, range).map(({ version, isBuilt }) => ({
    name: version,
    shown: `${component} ${version}`,
    isBuilt,
  }));
  return {
    what: 'release',
    candidates,
    sameAs: [
      'release',
      component,
      JSON.stringify(profile),
      await parts.declaredDigest(world, profile, request, progress),
    ],
    judge: ({ name: version }, step) =>
      judgeRun(runs, withRelease(step, component, version), (error) => error.exitCode === EXIT.usage),
  };
}

function withRelease(request: ConformRequest, component: string, version: string): ConformRequest {
  return {
    ...request,
    componentVersions: { ...request.componentVersions, [component]: version },
    command: [...request.command, '--component', `${component}=${version}`],
  };
}

function overCommits(runs: Runs, search: CommitSearch): Searched {
  return {
    what: 'commit',
    candidates: search.commits.map(({ id, subject }) => ({
      name: id,
      shown: `${id.slice(0, 12)} (${subject})`,
      isBuilt: true,
    })),
    sameAs: ['commit', search.root, search.profilePath],
    // a commit whose profile is missing or wrong cannot be judged; the ones beside it can
    judge: ({ name }, step) => search.withCommit(name, (profile) => judgeRun(runs, { ...step, profile }, () => false)),
  };
}

/** @param isBadInput errors that end the search */
async function judgeRun(
  { world, progress, parts, claim }: Runs,
  request: ConformRequest,
  isBadInput: (error: HarnessError) => boolean,
): Promise<Omit<StepRun, 'candidate'>> {
  try {
    const product = await parts.conform(world, request, progress);
    const judged = product.report.claims.find(({ id }) => id === claim);
    const report = mainReport(product);
    if (judged === undefined) return { outcome: 'error', sentence: `the run did not judge ${claim}`, report };
    return { outcome: judged.outcome, sentence: judged.sentence, report };
  } catch (error) {
    if (!(error instanceof HarnessError) || world.interruption.signal.aborted || isBadInput(error)) throw error;
    return { outcome: 'error', sentence: `${error.code}: ${error.message.split('\n')[0]}` };
  }
}

async function knownRuns(journal: string): Promise<readonly StepRun[]> {
  const text = await readFile(journal, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? [] : readJournal(text, journal);
}

/** Everything that could change a verdict beside what is varied. */
function sameConditions(request: ConformRequest): readonly string[] {
  const { provider, settings = {}, assurance, componentVersions, faults, ratePerSecond } = request;
  return [
    JSON.stringify([provider, settings, assurance, Object.entries(componentVersions).sort(), faults, ratePerSecond]),
  ];
}

function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}

/** Candidates must not meet each other's leftovers; a cluster's name holds 32 characters. */
function clusterNameOf(base: string, { name }: Candidate): string {
  const own = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 12)
    .replace(/-$/, '');
  return `${base.slice(0, 31 - own.length).replace(/-$/, '')}-${own}`;
}
