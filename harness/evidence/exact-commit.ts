/**
 * Commits exactly the files that are given, and proves it. `git add` does not: it heeds .gitignore, converts line ends
 * and runs filters, so that what is deployed is not what was read before. The content goes straight into the object
 * database (git fast-import), and the tree that comes out is compared with what went in, file by file.
 */
import { createHash } from 'node:crypto';
import { environmentError } from '../errors/harness-error.ts';
import type { QuietGit } from './quiet-git.ts';

export interface CommittedFile {
  /** Relative to the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/**
 * The new commit on the branch replaces its whole content.
 * @throws HarnessError GIT_PATH_REFUSED for a path that leaves the repository or reaches into Git's own folder,
 *   GIT_TREE_DIFFERS when the commit is not what was given
 */
export async function commitExactly(
  git: QuietGit,
  branch: string,
  files: readonly CommittedFile[],
  message: string,
): Promise<void> {
  for (const file of files) checkPath(file.path);
  const ref = `refs/heads/${branch}`;
  const parent = await git(['rev-parse', '--quiet', '--verify', ref]).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
  await git(['fast-import', '--quiet', '--done', '--date-format=now'], importStream(ref, parent, files, message));
  await compare(git, ref, files);
}

/** https://git-scm.com/docs/git-fast-import: `data` counts bytes, a quoted path takes C escapes. */
function importStream(
  ref: string,
  parent: string | undefined,
  files: readonly CommittedFile[],
  message: string,
): Buffer {
  const parts: (string | Buffer)[] = [
    `commit ${ref}\ncommitter canaryproof <canaryproof@localhost> now\n`,
    ...data(message),
    ...(parent === undefined ? [] : [`from ${parent}\n`]),
    'deleteall\n',
  ];
  for (const file of files) parts.push(`M 100644 inline ${quoted(file.path)}\n`, ...data(file.text));
  parts.push('done\n');
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

function data(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  return [Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')];
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

function checkPath(file: string): void {
  const steps = file.split('/');
  const bad =
    file.includes('\0') || steps.some((step) => step === '' || step === '.' || step === '..' || GITS_OWN.test(step));
  if (bad)
    throw environmentError('GIT_PATH_REFUSED', `${JSON.stringify(file)} cannot be a file of the run's repository`, {
      hint: 'A path is relative, goes up nowhere, and holds no .git.',
    });
}

const GITS_OWN = /^(\.git|git~\d)$/i;

async function compare(git: QuietGit, ref: string, files: readonly CommittedFile[]): Promise<void> {
  const { stdout } = await git(['ls-tree', '-r', '-z', '--full-tree', ref]);
  const committed = new Map(
    stdout
      .split('\0')
      .filter((entry) => entry !== '')
      .map((entry) => {
        const [head = '', name = ''] = entry.split('\t', 2);
        return [name, head];
      }),
  );
  const wrong = files.find((file) => committed.get(file.path) !== `100644 blob ${blobId(file.text)}`);
  if (wrong === undefined && committed.size === new Set(files.map((file) => file.path)).size) return;
  throw environmentError('GIT_TREE_DIFFERS', `Git did not commit what it was given${wrong ? `: ${wrong.path}` : ''}`, {
    hint: 'What would be deployed is not what was checked. Two names that differ in case only?',
  });
}

/** Git's name of a file's content. */
function blobId(text: string): string {
  const bytes = Buffer.from(text);
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}
