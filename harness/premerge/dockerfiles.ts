/** Every Dockerfile of a repository against what its build gets. */
import type { BuildContext } from '../lint/image/build-context.ts';
import { dockerfileFindings, modulesFindings } from '../lint/image/dockerfile-rules.ts';
import type { Finding } from '../lint/manifest-set.ts';
import type { RepositoryTree } from '../units/repository-tree.ts';

const DOCKERFILE = /(?:^|\/)(?:Dockerfile(?:\.[\w-]+)?|[\w-]+\.Dockerfile)$/;
/** Files whose text the rules ask for. */
const READ = ['package.json', '.dockerignore', '.gitignore'];
const ELSEWHERE = /(?:^|\/)(?:node_modules|vendor|\.git)\//;

/**
 * The build context is said on a command line and not in the repository: it is the folder of the Dockerfile, or the root,
 * whichever fits better.
 */
export async function imageFindings(tree: RepositoryTree): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const file of tree.files.filter((one) => DOCKERFILE.test(one) && !ELSEWHERE.test(one))) {
    const text = await tree.read(file);
    if (text === undefined) continue;
    const folder = file.slice(0, file.lastIndexOf('/') + 1);
    const judged: Finding[][] = [];
    for (const below of new Set([folder, ''])) {
      const context = await contextOf(tree, below);
      judged.push([...dockerfileFindings(file, text, context), ...modulesFindings(below, context)]);
    }
    findings.push(...judged.reduce((best, other) => (other.length < best.length ? other : best)));
  }
  return findings;
}

async function contextOf(tree: RepositoryTree, below: string): Promise<BuildContext> {
  const files = tree.files.filter((file) => file.startsWith(below)).map((file) => file.slice(below.length));
  const texts = new Map<string, string | undefined>();
  for (const name of READ) texts.set(name, tree.has(below + name) ? await tree.read(below + name) : undefined);
  // one for the whole repository counts below it, too
  if (texts.get('.gitignore') === undefined && tree.has('.gitignore'))
    texts.set('.gitignore', await tree.read('.gitignore'));
  return { files, read: (file) => texts.get(file) };
}
