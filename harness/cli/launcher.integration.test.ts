/** The launcher for real: under the pinned Node, under an older one, installed, without a runtime, and with signals. */
import { spawn, spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const launcher = path.join(root, 'bin/canaryproof');
const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find(isOldNode);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-launcher-'));
});
afterAll(() => rm(folder, { recursive: true }));

function isOldNode(file: string): boolean {
  const [major = 0] =
    spawnSync(file, ['--version'], { encoding: 'utf8' }).stdout?.slice(1).split('.').map(Number) ?? [];
  return major >= 20 && major < 22;
}

function launch(node: string, file: string, args: readonly string[]) {
  return spawnSync(node, [file, ...args], { encoding: 'utf8', cwd: folder });
}

/** The launcher, and a bundle that says what it runs under, as npm lays them out. */
async function installed(name: string): Promise<string> {
  const project = path.join(folder, name);
  const target = path.join(project, 'node_modules/canaryproof');
  await mkdir(path.join(target, 'dist'), { recursive: true });
  await cp(path.join(root, 'bin'), path.join(target, 'bin'), { recursive: true });
  await writeFile(path.join(target, 'package.json'), JSON.stringify({ name: 'canaryproof', type: 'module' }));
  await writeFile(
    path.join(target, 'dist/cli.mjs'),
    `console.log(process.versions.node, ...process.argv.slice(2));
     if (process.argv[2] === 'wait') {
       process.on('SIGTERM', () => process.exit(143));
       process.on('disconnect', () => { console.log('launcher gone'); process.exit(0); });
       setInterval(() => {}, 1000);
     } else if (process.argv[2] === 'die') process.kill(process.pid, 'SIGKILL');
     else process.exit(Number(process.argv[2] ?? 0));`,
  );
  return project;
}

async function withPinnedRuntime(project: string, version: string): Promise<void> {
  const bin = path.join(project, 'node_modules/node/bin');
  await mkdir(bin, { recursive: true });
  if (version === 'real') await symlink(process.execPath, path.join(bin, 'node'));
  else await writeFile(path.join(bin, 'node'), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
}

const inProject = (project: string) => path.join(project, 'node_modules/canaryproof/bin/canaryproof');

test('a checkout under the pinned Node', () => {
  const { status, stdout, stderr } = launch(process.execPath, launcher, ['--version']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

describe.skipIf(oldNode === undefined)('under a Node before 22.19', () => {
  const node = oldNode as string;

  test('a checkout: the pinned runtime takes over, with arguments, exit code and streams', () => {
    expect(launch(node, launcher, ['--version']).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const { status, stderr } = launch(node, launcher, ['confrom']);
    expect(status).toBe(2);
    expect(stderr).toContain('Did you mean conform?');
  });

  test('installed below a project: the runtime is found further up; the exit code passes through', async () => {
    const project = await installed('pinned');
    await withPinnedRuntime(project, 'real');
    const { status, stdout } = launch(node, inProject(project), ['7', 'b c']);
    expect(status).toBe(7);
    expect(stdout).toBe(`${process.versions.node} 7 b c\n`);
  });

  test('started through the symbolic link that npm makes', async () => {
    const project = await installed('linked');
    await withPinnedRuntime(project, 'real');
    await mkdir(path.join(project, 'node_modules/.bin'));
    await symlink('../canaryproof/bin/canaryproof', path.join(project, 'node_modules/.bin/canaryproof'));
    expect(launch(node, path.join(project, 'node_modules/.bin/canaryproof'), ['5']).status).toBe(5);
  });

  test('no runtime: exit 3, what is wrong and what to do', async () => {
    const { status, stderr } = launch(node, inProject(await installed('bare')), []);
    expect(status).toBe(3);
    expect(stderr).toMatch(/^error NODE_TOO_OLD: this is Node 2\d\.\S+, Node 22\.19 or newer is needed/);
    expect(stderr).toContain('hint: Run "npm install"');
  });

  test('a fresh clone: the dependencies are installed first, and then the pinned runtime takes over', async () => {
    const clone = path.join(folder, 'clone');
    await mkdir(path.join(clone, 'harness/cli'), { recursive: true });
    await mkdir(path.join(clone, 'npm'));
    await cp(path.join(root, 'bin'), path.join(clone, 'bin'), { recursive: true });
    await writeFile(path.join(clone, 'package.json'), JSON.stringify({ type: 'module' }));
    await writeFile(
      path.join(clone, 'harness/cli/main.ts'),
      'const said: string = process.versions.node; console.log(said);',
    );
    await writeFile(
      path.join(clone, 'npm/npm'),
      `#!/bin/sh\necho "npm $1" >&2\nmkdir -p node_modules/node/bin && ln -s '${process.execPath}' node_modules/node/bin/node\n`,
      { mode: 0o755 },
    );
    const { status, stdout, stderr } = spawnSync(node, [path.join(clone, 'bin/canaryproof')], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${path.join(clone, 'npm')}:${process.env.PATH}` },
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${process.versions.node}\n` });
    expect(stderr).toMatch(/installing dependencies with npm.*npm install/s);
  });

  test("somebody else's older `node` package is not taken for ours", async () => {
    const project = await installed('other');
    await withPinnedRuntime(project, 'v18.20.0');
    expect(launch(node, inProject(project), []).status).toBe(3);
  });

  test('a signal reaches the program, and its exit code comes back', async () => {
    const project = await installed('signals');
    await withPinnedRuntime(project, 'real');
    const child = spawn(node, [inProject(project), 'wait'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGTERM');
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(143);
  });

  test('killed with SIGKILL, it leaves no program behind', async () => {
    const project = await installed('killed');
    await withPinnedRuntime(project, 'real');
    const child = spawn(node, [inProject(project), 'wait'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (text === '') child.kill('SIGKILL');
      text += chunk;
    });
    // The stream ends only when the program below, which holds the other end, is gone.
    await new Promise((resolve) => child.stdout.once('end', resolve));
    expect(text).toContain('launcher gone');
  });

  test('a program that dies by a signal gives 128 + its number', async () => {
    const project = await installed('dies');
    await withPinnedRuntime(project, 'real');
    expect(launch(node, inProject(project), ['die']).status).toBe(137);
  });
});

test('a package without its program says so', async () => {
  const project = await installed('empty');
  await rm(path.join(project, 'node_modules/canaryproof/dist'), { recursive: true });
  const { status, stderr } = launch(process.execPath, inProject(project), []);
  expect(status).toBe(3);
  expect(stderr).toContain('error PACKAGE_INCOMPLETE');
});

test('a reader that goes away (EPIPE) is no error', () => {
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['-c', 'set -o pipefail; "$0" "$1" schema report | head -c 10', process.execPath, launcher],
    { encoding: 'utf8' },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toHaveLength(10);
});
