/**
 * What the documents say can be typed and opened: each command is run as it stands, `canaryproof` with every service
 * recorded instead of done, npm scripts by what package.json makes of them (documents.integration.test.ts starts them).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BENCHMARKS } from '../bench/main.ts';
import { EXIT } from '../errors/harness-error.ts';
import { packageRoot } from '../process/package-root.ts';
import { anchorsOf, commandsOf, pathsOf, wordsOf } from '../testkit/documents/document-commands.ts';
import { createFakeServices } from '../testkit/fakes/fake-services.ts';
import { createFakeWorld } from '../testkit/fakes/fake-world.ts';
import { fewOf } from '../testkit/runner/thorough.ts';
import { run } from './run.ts';

const root = packageRoot();
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(path.join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const textOf = (page: string) => readFileSync(path.join(root, page), 'utf8');
const commands = [...new Set(pages.flatMap((page) => commandsOf(textOf(page))))];
const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };

/** Before every script that people are told to type. */
const SET_UP = 'node bin/set-up.mjs';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-documents-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** @returns why it would not run, or undefined */
async function problemOf(command: string): Promise<string | undefined> {
  const [program = '', ...words] = wordsOf(command);
  if (program === 'npm') return npmProblem(words);
  if (!/^(bin\/)?canaryproof$/.test(program)) return 'only npm and canaryproof run under any Node';
  const world = createFakeWorld({ cwd: folder });
  const exitCode = await run(world, words, createFakeServices());
  // it ran; what it found, here in recorded answers, is another matter
  return exitCode === EXIT.passed || exitCode === EXIT.failed ? undefined : `exit ${exitCode}: ${world.stderrText()}`;
}

function npmProblem([verb = '', ...words]: readonly string[]): string | undefined {
  const [name = '', ...rest] = verb === 'run' ? words : [verb, ...words];
  if (scripts[name] === undefined) return `there is no script ${name}`;
  if (scripts[`pre${name}`] !== SET_UP) return `pre${name} does not install what a fresh clone lacks (${SET_UP})`;
  if (rest.length > 0 && rest[0] !== '--') return 'options of a script stand behind --';
  const [, benchmark] = rest;
  if (name === 'bench' && benchmark !== undefined && BENCHMARKS[benchmark] === undefined)
    return `there is no benchmark ${benchmark}`;
  return undefined;
}

test('there are documents with commands', () => {
  expect(pages).toEqual(expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/measured.md']));
  expect(commands.length).toBeGreaterThan(20);
});

// hundreds of releases each
const isLong = (command: string) => /\bcanaryproof simulate\b/.test(command);
const [long, short] = [commands.filter(isLong), commands.filter((command) => !isLong(command))];

test.each([...short, ...fewOf(2, long)])('%s', async (command) => {
  expect(await problemOf(command)).toBeUndefined();
});

describe.each(pages)('%s', (page) => {
  const text = textOf(page);
  const { code, links } = pathsOf(text);

  test('names files that exist', () => {
    expect(code.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });

  test('links to pages and headings that exist', () => {
    const broken = links.filter((link) => {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? page : path.join(path.dirname(page), file);
      if (!existsSync(path.join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(textOf(target)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });
});

describe('the README', () => {
  const readme = textOf('README.md');

  test('is a page that is read', () => {
    expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(120);
  });

  const [, table = ''] = /^\| verb \|.*\n\|[-|]+\|\n((?:\|.*\n)+)/m.exec(readme) ?? [];
  const rows = table
    .trim()
    .split('\n')
    .map((row) => row.split(/(?<!\\)\|/).slice(1, -1));
  const verbsOf = (cell = '') => [...cell.matchAll(/`([a-z-]+)/g)].map(([, verb = '']) => verb);
  const helpOf = async (...words: readonly string[]) => {
    const world = createFakeWorld();
    await run(world, [...words, '--help'], createFakeServices());
    return world.stdoutText();
  };

  test('has every verb in its table', async () => {
    const known = [...(await helpOf()).matchAll(/^ {2}([a-z-]+) .*\S/gm)].map(([, verb = '']) => verb);
    const shown = rows.flatMap(([cell]) => verbsOf(cell));
    expect(shown.toSorted()).toEqual(known.filter((verb) => verb !== 'help').toSorted());
  });

  test.each(rows.map(([cell = '', , options = '']) => [cell.trim(), options] as const))(
    '%s has its options',
    async (cell, options) => {
      const [verb = ''] = verbsOf(cell);
      const help = await helpOf(verb);
      for (const [option] of options.matchAll(/--[a-z-]+/g)) expect(help).toContain(option);
    },
  );
});
