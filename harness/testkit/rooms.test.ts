import { readdirSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { packageRoot } from '../process/package-root.ts';
import { FREE_ROOMS, ROOM_RULES, roomOf } from './room-rules.ts';

const TEST_HELPER =
  /(-fixture|-fixtures|-testbed|start-for-tests|cri-test-[a-z]+|sample-(report|split|books|timeline|appendix)|hostile-report|open-page)\.ts$/;
const TOP = ['harness', 'clusters', 'k8s', 'reports'];

function sources(): string[] {
  const root = packageRoot();
  return TOP.flatMap((top) =>
    readdirSync(path.join(root, top), { recursive: true, encoding: 'utf8' })
      .map((name) => `${top}/${name}`)
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.endsWith('.d.ts'))
      .filter((name) => !name.includes('node_modules') && !name.includes('/profiles/'))
      // helpers of tests stand beside them, under names that say so
      .filter((name) => !TEST_HELPER.test(name)),
  );
}

/** File -> files of ours that it imports values from; esbuild drops what is only a type. */
async function importsOf(files: readonly string[]): Promise<Map<string, string[]>> {
  const { metafile } = await build({
    absWorkingDir: packageRoot(),
    entryPoints: [...files],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outdir: 'out',
    logLevel: 'silent',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  });
  return new Map(
    Object.entries(metafile.inputs).map(([file, { imports }]) => [
      file,
      imports.filter((entry) => !entry.external).map((entry) => entry.path),
    ]),
  );
}

test('every file imports only from the rooms its own room may import', async () => {
  const violations: string[] = [];
  for (const [file, imports] of await importsOf(sources())) {
    if (!file.endsWith('.ts')) continue;
    const room = roomOf(file);
    if (FREE_ROOMS.includes(room)) continue;
    const allowed = ROOM_RULES[room];
    if (!allowed) {
      violations.push(`${file}: room ${room} is not in the table`);
      continue;
    }
    for (const imported of imports) {
      const target = roomOf(imported);
      if (target !== room && !allowed.includes(target)) violations.push(`${file} imports ${imported}`);
    }
  }
  expect(violations).toEqual([]);
});

test('stats are pure: no clock, no randomness of the machine, no Node', async () => {
  const { readFileSync } = await import('node:fs');
  const impure = sources()
    .filter((file) => roomOf(file) === 'harness/stats' && !/calibrat/.test(file))
    .filter((file) => {
      const text = readFileSync(path.join(packageRoot(), file), 'utf8');
      return /from 'node:|Math\.random\(|Date\.now\(|new Date\(|performance\.now\(|\bprocess\.(env|argv|cwd|exit|pid|hrtime)/.test(
        text,
      );
    });
  expect(impure).toEqual([]);
});

/** Paths are followed, links among them: the one place (`git rm` of a work tree aside) that may is the one that asks whose the folder is. */
const REMOVES_RECURSIVELY =
  /\brm(?:Sync|dir|dirSync)?\([^;]*recursive\s*:|\brimraf\b|(?<!git\()['"`]rm['"`]\s*,\s*['"`]-[a-zA-Z]*[rR]|\brm -[a-zA-Z]*[rR]/;

test('folders are removed by removeOwnTree and by nothing else', async () => {
  const { readFileSync } = await import('node:fs');
  const removing = readdirSync(packageRoot(), { recursive: true, encoding: 'utf8' })
    .filter((file) => /^(harness|clusters|k8s|reports|scenarios|bin)\/.*\.(ts|mjs|js)$/.test(file))
    .filter((file) => !/\.test\.ts$|node_modules|\/(charts|testdata)\//.test(file))
    .filter((file) => REMOVES_RECURSIVELY.test(readFileSync(path.join(packageRoot(), file), 'utf8')));
  expect(removing).toEqual(['harness/process/remove-own-tree.ts']);
});
