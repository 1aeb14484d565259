/** The repository of a run, and everything that was committed to it. */
import type { Commit, GitRepository } from '../evidence/git-repository.ts';
import type { ManifestFile } from '../lint/manifest-set.ts';
import type { RepositoryFile } from '../profile/collect-repository.ts';

/** @throws HarnessError (exit 2) UNIT_NOT_RENDERED of a chart that does not render */
export type RenderManifests = (files: readonly RepositoryFile[]) => Promise<readonly ManifestFile[]>;

export interface PushedCommit {
  readonly commit: Commit;
  readonly files: readonly RepositoryFile[];
  readonly manifests: readonly ManifestFile[];
}

/** The repository and what it holds now, so that every commit starts from the last one. */
export interface GitSource {
  readonly files: readonly RepositoryFile[];
  /** The same files, and what the Application renders of those that are templates: what Git declares. */
  readonly manifests: readonly ManifestFile[];
  readonly repository: GitRepository;
  readonly history: readonly PushedCommit[];
  /** @throws what `render` throws, before anything is pushed */
  commit(files: readonly RepositoryFile[], message: string): Promise<Commit>;
}

/** @param render for a repository whose Application renders it; default: files are what they say */
export function createGitSource(
  repository: GitRepository,
  onCommit: (commit: Commit) => void,
  render?: RenderManifests,
): GitSource {
  let files: readonly RepositoryFile[] = [];
  let manifests: readonly ManifestFile[] = [];
  const history: PushedCommit[] = [];
  return {
    repository,
    history,
    get files() {
      return files;
    },
    get manifests() {
      return manifests;
    },
    async commit(next, message) {
      const rendered = render ? await render(next) : next;
      const commit = await repository.commit(next, message);
      files = next;
      manifests = rendered;
      history.push({ commit, files, manifests });
      onCommit(commit);
      return commit;
    },
  };
}
