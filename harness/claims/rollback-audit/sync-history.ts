/**
 * Argo CD's history against Git, commit by commit. Pure.
 *
 * The controller appends an entry when a sync of all objects has succeeded, with the commit that it resolved to, an id that
 * is one more than the last, and drops the oldest beyond `revisionHistoryLimit` (argo-cd 3.5, controller/state.go,
 * `persistRevisionHistory`, called by controller/sync.go where `len(syncOp.Resources) == 0`). So a self-healing leaves none,
 * and a commit that changes no object, or that another one overtook, has none. What follows of that for every entry:
 *
 * - its commit is one of Git's, and its source is the Application's;
 * - ids count on, one by one, and times do not go back;
 * - commits go forward as Git does. An entry of an older commit than the one before it is a rollback that Git does not
 *   know: `argocd app rollback` syncs the revision of a history id, and commits nothing.
 *
 * Entries before the first that names a commit of this Git are of an earlier repository on a cluster that was kept.
 */
import type { KubeObject } from '../../../k8s/client/object.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { type ApplicationDeployment, type ApplicationSource, applicationStatus } from '../../scene/application.ts';

export interface Deployment {
  readonly id: number;
  readonly commit: string;
  readonly deployedAt: string;
  readonly source: ApplicationSource;
  /** `automated sync`, or who asked for it. */
  readonly by: string;
}

/** @throws HarnessError HISTORY_UNREADABLE (exit 3): an entry that does not say which commit, when or from where */
export function readDeployments(application: KubeObject | undefined): readonly Deployment[] {
  if (application === undefined)
    throw environmentError('HISTORY_UNREADABLE', 'the Application is not there, and its history with it');
  const declared = sourceOf(application).repoURL;
  return (applicationStatus(application).history ?? []).map((entry) => {
    const { id, deployedAt, initiatedBy } = entry;
    const { revision, source } = partOf(entry, declared);
    if (typeof id === 'number' && typeof revision === 'string' && typeof deployedAt === 'string' && source)
      return {
        ...{ id, commit: revision, deployedAt, source },
        by: initiatedBy?.username ?? (initiatedBy?.automated ? 'automated sync' : 'somebody'),
      };
    throw environmentError('HISTORY_UNREADABLE', `an entry of the history cannot be read: ${JSON.stringify(entry)}`, {
      where: `Application ${application.metadata.namespace}/${application.metadata.name}`,
      hint: 'Entries of Argo CD 3 hold id, revision, deployedAt and source.',
    });
  });
}

interface ApplicationSpec {
  readonly source?: ApplicationSource;
  readonly sources?: readonly ApplicationSource[];
}

/** Of the repository that the Application reads; the first of several. */
export function sourceOf(application: KubeObject): ApplicationSource {
  const { source, sources } = (application.spec ?? {}) as ApplicationSpec;
  return source ?? sources?.[0] ?? {};
}

/** What an entry says of one repository. */
function partOf(entry: ApplicationDeployment, repoURL: string | undefined) {
  if (!entry.sources?.length) return { revision: entry.revision, source: entry.source };
  const index = Math.max(
    0,
    entry.sources.findIndex((one) => one.repoURL === repoURL),
  );
  return { revision: entry.revisions?.[index], source: entry.sources[index] };
}

export interface Audited {
  /** Entries that are of this Git. */
  readonly entries: number;
  /** Where history and Git part first, in a clause; undefined: nowhere. */
  readonly parted: string | undefined;
}

/**
 * @param commits of Git, oldest first
 * @param expected commits that the history must hold, each with what it is
 */
export function auditHistory(
  deployments: readonly Deployment[],
  commits: readonly string[],
  source: ApplicationSource,
  expected: readonly { readonly commit: string; readonly what: string }[] = [],
): Audited {
  const first = deployments.findIndex(({ commit }) => commits.includes(commit));
  const own = first < 0 ? [] : deployments.slice(first);
  const missing = expected.find(({ commit }) => own.every((entry) => entry.commit !== commit));
  const parted =
    own.map((entry, index) => partedAt(entry, own[index - 1], commits, source)).find((found) => found !== undefined) ??
    (missing && `the history holds no entry of ${missing.what}, ${short(missing.commit)}, which was synced`);
  return { entries: own.length, parted };
}

function partedAt(
  entry: Deployment,
  before: Deployment | undefined,
  commits: readonly string[],
  source: ApplicationSource,
): string | undefined {
  const at = `at id ${entry.id} (${entry.deployedAt}, by ${entry.by})`;
  const place = commits.indexOf(entry.commit);
  if (place < 0) return `${at} the history names commit ${short(entry.commit)}, which Git does not hold`;
  if (entry.source.repoURL !== source.repoURL || entry.source.path !== source.path)
    return `${at} it was synced from ${inWords(entry.source)}, and the Application reads ${inWords(source)}`;
  if (before === undefined) return undefined;
  if (entry.id !== before.id + 1) return `${at} the entry before is id ${before.id}: what was between is gone`;
  if (Date.parse(entry.deployedAt) < Date.parse(before.deployedAt))
    return `${at} it is older than id ${before.id} before it (${before.deployedAt})`;
  if (place < commits.indexOf(before.commit))
    return `${at} Argo CD went back from commit ${short(before.commit)} to ${short(entry.commit)}, and no commit of Git says so`;
  return undefined;
}

const short = (commit: string) => commit.slice(0, 12);
const inWords = ({ repoURL = 'nowhere', path = '' }: ApplicationSource) => `${repoURL} ${path}`.trim();
