/**
 * `lint`: the findings of every render unit of a repository, what is known of them already, and what a change does. Needs no
 * cluster and no profile, and starts a program only where something has to be rendered.
 */
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import {
  LINT_REPORT_SCHEMA_VERSION,
  type LintFinding,
  type LintReport,
  type LintSeverity,
} from '../../reports/model/lint-report.ts';
import { usageError } from '../errors/harness-error.ts';
import { isAsked } from '../units/discover-units.ts';
import { type RepositoryTree, readCommitTree, readRepositoryTree } from '../units/repository-tree.ts';
import { foldersOf, type RenderPrograms } from '../units/unit-model.ts';
import { countByFingerprint, markKnown, readBaseline, writeBaseline } from './baseline.ts';
import { framed } from './code-frame.ts';
import { type CommitFolder, withCommit } from './commit-folder.ts';
import { describeChange } from './describe-change.ts';
import { applyIgnores, type IgnoreComment, readIgnoreComments } from './ignore-comments.ts';
import { type JudgedRepository, judgeRepository } from './judge-repository.ts';
import type { PlacedFinding } from './placed-findings.ts';

export interface LintRequest {
  /** Absolute; files or folders of one repository. */
  readonly paths: readonly [string, ...string[]];
  /** A commit; findings that were there before count no more, and the report says what changed since. */
  readonly changedSince: string | undefined;
  /** Absolute path of a baseline file. */
  readonly baseline: string | undefined;
  /** Absolute path of a baseline file to be written: then every finding is known, and nothing fails. */
  readonly writeBaseline: string | undefined;
  readonly failOn: 'error' | 'warning';
}

/**
 * @throws HarnessError (exit 2) PATH_MISSING, LINT_SEVERAL_REPOSITORIES, CHANGED_SINCE_NO_REPOSITORY, CHANGED_SINCE_UNKNOWN,
 *   BASELINE_MISSING, BASELINE_INVALID
 */
export async function lintRepository(
  request: LintRequest,
  programs: RenderPrograms,
  version: string,
): Promise<LintReport> {
  const known = request.baseline === undefined ? undefined : await readBaseline(request.baseline);
  const tree = await readRepositoryTree(request.paths[0]);
  const asked = await askedPaths(tree, request.paths);
  const judged = await judgeRepository(tree, programs);
  const earlier = await earlierState(request, tree, programs);
  const own = [...judged.findings.filter((finding) => concerns(judged, finding, asked)), ...aboutTheWhole(judged)];
  const { findings: found, comments } = applyIgnores(own, await commentsOf(judged, asked));
  const withComments = [...found, ...comments.map((one) => ({ ...one, state: 'new' as const }))];
  const afterBase = markKnown(withComments, earlier ? countByFingerprint(earlier.judged.findings) : new Map(), 'old');
  const findings = markKnown(afterBase, known ?? new Map(), 'baseline');
  if (request.writeBaseline !== undefined)
    await writeBaseline(
      request.writeBaseline,
      withComments.filter(({ state }) => state === 'new'),
    );
  const settled: readonly LintFinding[] =
    request.writeBaseline === undefined
      ? findings
      : findings.map((one) => (one.state === 'ignored' ? one : { ...one, state: 'baseline' }));
  const counts = countsOf(settled);
  const failed = counts.error > 0 || (request.failOn === 'warning' && counts.warning > 0);
  return {
    schemaVersion: LINT_REPORT_SCHEMA_VERSION,
    tool: { name: 'canaryproof', version },
    repository: path.basename(tree.root),
    paths: asked,
    ...(earlier ? { changedSince: { reference: request.changedSince!, commit: earlier.commit } } : {}),
    outcome: failed ? 'failed' : 'passed',
    failOn: request.failOn,
    counts,
    changes: earlier ? describeChange(earlier.judged.discovered.units, judged.discovered.units) : [],
    ended: earlier ? endedFindings(earlier.judged.findings, own) : [],
    units: judged.discovered.units.map(({ unit, objects }) => ({
      name: unit.name,
      kind: unit.kind,
      objects: objects.length,
    })),
    findings: await framed(tree, settled),
    notJudged: judged.discovered.notJudged,
  };
}

/** Relative to the root; empty when the root itself is asked for. */
async function askedPaths(tree: RepositoryTree, paths: readonly string[]): Promise<readonly string[]> {
  const asked: string[] = [];
  for (const one of paths) {
    const found = await stat(one).catch((cause: unknown) => {
      throw usageError('PATH_MISSING', `there is no ${one}`, {
        where: one,
        hint: 'Name files or folders of one repository.',
        cause,
      });
    });
    const { root } = await readRootOf(tree, one, found.isDirectory());
    if (root !== tree.root)
      throw usageError('LINT_SEVERAL_REPOSITORIES', `${one} is not in the repository of ${paths[0]}`, {
        hint: 'Run lint once for each repository.',
      });
    asked.push(
      path
        .relative(root, await realpath(one))
        .split(path.sep)
        .join('/'),
    );
  }
  return asked.includes('') ? [] : asked;
}

async function readRootOf(tree: RepositoryTree, one: string, isFolder: boolean): Promise<{ root: string }> {
  const relative = path.relative(tree.root, await realpath(one));
  const inside = !relative.startsWith('..') && !path.isAbsolute(relative);
  return inside ? tree : readRepositoryTree(isFolder ? one : path.dirname(one));
}

interface EarlierState {
  readonly commit: string;
  readonly judged: JudgedRepository;
}

async function earlierState(
  { changedSince }: LintRequest,
  tree: RepositoryTree,
  programs: RenderPrograms,
): Promise<EarlierState | undefined> {
  if (changedSince === undefined) return undefined;
  if (!tree.isGit)
    throw usageError(
      'CHANGED_SINCE_NO_REPOSITORY',
      `${tree.root} is not in a Git repository, so nothing can have changed`,
      {
        hint: 'Leave --changed-since out.',
      },
    );
  return withCommit(tree.root, changedSince, async ({ commit, directory }: CommitFolder) => ({
    commit,
    judged: await judgeRepository(await readCommitTree(directory, tree.originUrl), programs),
  }));
}

/** A finding of a base concerns whoever asks for the overlay that shows it. */
function concerns(judged: JudgedRepository, { file, units }: PlacedFinding, asked: readonly string[]): boolean {
  if (asked.length === 0 || file === undefined || isAsked(file, asked)) return true;
  return judged.discovered.units.some(
    ({ unit }) => units.includes(unit.name) && foldersOf(unit).some((folder) => isAsked(folder, asked)),
  );
}

/** LINT_NOTHING_FOUND and LINT_NO_REPOSITORY. */
function aboutTheWhole({ tree, discovered }: JudgedRepository): readonly PlacedFinding[] {
  const said = (code: string, sentence: string): PlacedFinding => ({
    code,
    severity: 'info',
    sentence,
    units: [],
    fingerprint: code,
  });
  return [
    ...(tree.isGit
      ? []
      : [said('LINT_NO_REPOSITORY', 'This is no Git repository: every file below the folder is judged.')]),
    ...(discovered.units.some(({ objects }) => objects.length > 0)
      ? []
      : [said('LINT_NOTHING_FOUND', 'Nothing here is a manifest that Kubernetes or Argo CD would apply.')]),
  ];
}

async function commentsOf(
  { tree, discovered }: JudgedRepository,
  asked: readonly string[],
): Promise<readonly IgnoreComment[]> {
  const files = new Set(discovered.units.flatMap((unit) => [...unit.files]));
  const wanted = [...files].filter((file) => isAsked(file, asked));
  const found: IgnoreComment[] = [];
  for (const file of wanted) found.push(...readIgnoreComments(file, (await tree.read(file)) ?? ''));
  return found;
}

function countsOf(findings: readonly LintFinding[]): Readonly<Record<LintSeverity, number>> {
  const count = (severity: LintSeverity) =>
    findings.filter((finding) => finding.state === 'new' && finding.severity === severity).length;
  return { error: count('error'), warning: count('warning'), info: count('info') };
}

function endedFindings(before: readonly PlacedFinding[], after: readonly PlacedFinding[]): readonly string[] {
  const left = new Set(after.map(({ fingerprint }) => fingerprint));
  return before
    .filter(({ fingerprint, severity }) => severity !== 'info' && !left.has(fingerprint))
    .map(({ code, sentence }) => `${code}: ${sentence}`);
}
