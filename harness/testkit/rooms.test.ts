import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../process/package-root.ts';
import { packagedFiles } from './build-package.ts';
import { importCircles } from './import-circles.ts';
import { importsIn, sourceFiles } from './imports-of.ts';
import { claimFolderOf, importProblem, PURE_CLAIM_ROOMS, ROOM_RULES, roomOf } from './room-rules.ts';

const FILES = sourceFiles();
const IMPORTS = new Map(FILES.map(({ file, imports }) => [file, imports]));
const MOST_FILES = 25;
const root = packageRoot();
const packaged = await packagedFiles(root);
const sources = packaged.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
const textOf = (file: string) => readFileSync(path.join(root, file), 'utf8');

test('every file imports only from the rooms its own room may import, types included', () => {
  expect(
    FILES.flatMap(({ file, imports }) => imports.flatMap((imported) => importProblem(file, imported) ?? [])),
  ).toEqual([]);
});

test('no circle of files', () => {
  expect(importCircles(FILES)).toEqual([]);
});

test('no folder holds more than 25 files beside tests', () => {
  const counts = new Map<string, number>();
  for (const { file } of FILES) counts.set(path.dirname(file), (counts.get(path.dirname(file)) ?? 0) + 1);
  expect([...counts].filter(([, count]) => count > MOST_FILES)).toEqual([]);
});

test('what a claim is to `plan` and `lint` loads no cluster code', () => {
  const problems: string[] = [];
  const visited = new Set<string>();
  const visit = (file: string): void => {
    if (visited.has(file)) return;
    visited.add(file);
    for (const imported of IMPORTS.get(file) ?? [])
      if (claimFolderOf(imported) === claimFolderOf(file)) visit(imported);
      else if (!PURE_CLAIM_ROOMS.some((entry) => entry === imported || entry === roomOf(imported)))
        problems.push(`${file} imports ${imported}`);
  };
  for (const { file } of FILES) if (/^harness\/claims\/[^/]+\/(declaration|lint|plan)\.ts$/.test(file)) visit(file);
  expect(problems).toEqual([]);
});

test('the rules bite: a room, a claim and a folder that nobody knows', () => {
  expect(importProblem('harness/stats/a.ts', 'harness/errors/harness-error.ts')).toContain('imports');
  expect(importProblem('harness/claims/hpa/judge.ts', 'harness/claims/undo/judge.ts')).toContain('another claim');
  expect(importProblem('harness/profile/a.ts', 'harness/claims/judges.ts')).toContain('imports');
  expect(importProblem('harness/conform/a.ts', 'harness/cli/main.ts')).toContain('imports');
  expect(importProblem('attic/a.ts', 'harness/errors/harness-error.ts')).toContain('no room');
  expect(importProblem('harness/profile/a.ts', 'harness/claims/declarations.ts')).toBeUndefined();
});

test('every way to import counts, and a circle of types is one', () => {
  const text = `import type { A } from './a.ts';\nexport type { B } from './b.ts';\nexport * from './c.ts';\nconst d = await import('./d.ts');\ntype E = import('./e.ts').E;`;
  expect(importsIn('room/x.ts', text)).toEqual(['a', 'b', 'c', 'd', 'e'].map((name) => `room/${name}.ts`));
  const file = (name: string, ...imports: string[]) => ({ file: name, imports });
  expect(importCircles([file('a', 'b'), file('b', 'c'), file('c', 'a'), file('d', 'a')])).toEqual([['a', 'b', 'c']]);
});

test('ARCHITECTURE.md shows the same table', () => {
  const text = readFileSync(path.join(packageRoot(), 'ARCHITECTURE.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `([^`]+)` \| (.*?) \| (.*?) \|$/gm)].map(([, room, what, imports]) => [
    room,
    what,
    imports,
  ]);
  expect(rows).toEqual(
    Object.entries(ROOM_RULES).map(([room, { what, imports }]) => [
      room,
      what,
      imports.map((entry) => entry.replace('harness/', '')).join(', ') || '–',
    ]),
  );
});

test('stats are pure: no clock, no randomness of the machine, no Node', () => {
  const impure = FILES.filter(({ file }) => roomOf(file) === 'harness/stats' && !/calibrat/.test(file)).filter(
    ({ file }) =>
      /from 'node:|Math\.random\(|Date\.now\(|new Date\(|performance\.now\(|\bprocess\.(env|argv|cwd|exit|pid|hrtime)/.test(
        readFileSync(path.join(packageRoot(), file), 'utf8'),
      ),
  );
  expect(impure).toEqual([]);
});

/** Paths are followed, links among them: the one place (`git rm` of a work tree aside) that may is the one that asks whose the folder is. */
const REMOVES_RECURSIVELY =
  /\brm(?:Sync|dir|dirSync)?\([^;]*recursive\s*:|\brimraf\b|(?<!git\()['"`]rm['"`]\s*,\s*['"`]-[a-zA-Z]*[rR]|\brm -[a-zA-Z]*[rR]/;

test('folders are removed by removeOwnTree and by nothing else', () => {
  const removing = ['harness', 'clusters', 'k8s', 'reports', 'scenarios', 'bin']
    .flatMap((top) =>
      readdirSync(path.join(packageRoot(), top), { recursive: true, encoding: 'utf8' }).map((file) => `${top}/${file}`),
    )
    .filter((file) => /\.(ts|mjs|js)$/.test(file))
    .filter((file) => !/\.test\.ts$|node_modules|\/(charts|testdata)\//.test(file))
    .filter((file) => REMOVES_RECURSIVELY.test(readFileSync(path.join(packageRoot(), file), 'utf8')));
  expect(removing).toEqual(['harness/process/remove-own-tree.ts']);
});

/** Parts of the product that have tests and no caller yet. Whoever calls one takes its line away. */
const NOT_CALLED_YET: readonly string[] = [
  'harness/lint/rollouts/rollout-steps.ts',
  'harness/oracle/rollout-machine.ts',
  'harness/oracle/rollout-plan.ts',
  'harness/stats/multinomial-fit.ts',
  'k8s/workload/bookinfo-images.ts',
  'reports/html/matrix-page.ts',
  'reports/model/compare/report-matrix.ts',
  'reports/render-comparison.ts',
  'reports/render-matrix.ts',
  'reports/text/matrix-text.ts',
];

/** Programs that something else starts by their path, as knip is told. */
function entries(): readonly string[] {
  const { entry } = JSON.parse(textOf('knip.json')) as { entry: readonly string[] };
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Readonly<Record<string, string>> };
  const started = Object.values(scripts).flatMap((script) => script.match(/[\w/.-]+\.ts\b/g) ?? []);
  return [...entry, ...started].filter((file) => sources.includes(file));
}

/** What these import, they and their imports, or name with `new URL('./x.ts', import.meta.url)`. */
function reached(from: readonly string[], imports: (file: string) => readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [...from];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    waiting.push(...imports(file));
  }
  return found;
}

function importsOf(file: string): readonly string[] {
  const text = textOf(file);
  const named = [...text.matchAll(/new URL\('(\.{1,2}\/[^']+\.ts)', import\.meta\.url\)/g)].map(([, request]) =>
    path.posix.join(path.posix.dirname(file), request as string),
  );
  return [...(IMPORTS.get(file) ?? importsIn(file, text)), ...named].filter((name) => name.endsWith('.ts'));
}

test('the package carries nothing that no program of it reaches: such a file serves tests and is called so', () => {
  const used = reached(entries(), importsOf);
  expect(sources.filter((file) => !used.has(file) && !NOT_CALLED_YET.includes(file))).toEqual([]);
  // what is reached is there, so that nothing a program needs is taken for a helper
  expect([...used].filter((file) => !sources.includes(file))).toEqual([]);
});
