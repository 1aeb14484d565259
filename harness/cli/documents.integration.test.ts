/** The npm scripts of the documents start under the Node that a machine has, however old: each is asked for its help. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { packageRoot } from '../process/package-root.ts';
import { commandsOf, wordsOf } from '../testkit/documents/document-commands.ts';

const root = packageRoot();
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(path.join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const commands = pages.flatMap((page) => commandsOf(readFileSync(path.join(root, page), 'utf8'))).map(wordsOf);
const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
/** Programs of our own; the others are those of libraries, which run-tests.ts starts. */
const own = [
  ...new Set(commands.filter(([npm, run]) => npm === 'npm' && run === 'run').map(([, , name = '']) => name)),
].filter((name) => scripts[name]?.startsWith('node ') && !scripts[name].includes('run-tests'));
/** As in a shell that never heard of this repository's node_modules. */
const PATH = (process.env.PATH ?? '').split(':').filter((folder) => !folder.includes('node_modules'));

test('scripts are documented', () => {
  expect(own).toEqual(expect.arrayContaining(['bench', 'calibrate', 'mutants', 'prove', 'toolchain']));
});

test.each(own)('npm run %s -- --help', async (name) => {
  const { exitCode, all } = await execa('npm', ['run', name, '--', '--help'], {
    cwd: root,
    all: true,
    reject: false,
    env: { PATH: PATH.join(':') },
  });
  expect([exitCode, all]).toEqual([0, expect.stringMatching(/usage: |requests-to-verdict/)]);
});

test('npm start -- --help', async () => {
  const { exitCode, stdout } = await execa('npm', ['start', '--', '--help'], {
    cwd: root,
    env: { PATH: PATH.join(':') },
  });
  expect(exitCode).toBe(0);
  expect(stdout).toContain('Usage: canaryproof conform');
});
