/** The repository of a run, and everything that was committed to it. */
import type { Commit, GitRepository } from '../evidence/git-repository.ts';
import type { RepositoryFile } from '../profile/collect-repository.ts';

/** The repository and what it holds now, so that every commit starts from the last one. */
export interface GitSource {
  readonly files: readonly RepositoryFile[];
  readonly repository: GitRepository;
  readonly history: readonly { readonly commit: Commit; readonly files: readonly RepositoryFile[] }[];
  commit(files: readonly RepositoryFile[], message: string): Promise<Commit>;
}

export function createGitSource(repository: GitRepository, onCommit: (commit: Commit) => void): GitSource {
  let files: readonly RepositoryFile[] = [];
  const history: { commit: Commit; files: readonly RepositoryFile[] }[] = [];
  return {
    repository,
    history,
    get files() {
      return files;
    },
    async commit(next, message) {
      const commit = await repository.commit(next, message);
      files = next;
      history.push({ commit, files });
      onCommit(commit);
      return commit;
    },
  };
}
