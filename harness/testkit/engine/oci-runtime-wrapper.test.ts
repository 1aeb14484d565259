import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fewOf } from '../runner/thorough.ts';
import { missingCapabilities, runtimeWrapper } from './oci-runtime-wrapper.ts';

describe('missingCapabilities', () => {
  test.each([
    ['000001ffffffffff', []],
    ['000001fffeffffff', ['CAP_SYS_RESOURCE']],
    ['000001fffffffffe', ['CAP_CHOWN']],
    ['000000ffffffffff', ['CAP_CHECKPOINT_RESTORE']],
  ])('%s lacks %j', (bounding, missing) => {
    expect(missingCapabilities(`Name:\tx\nCapEff:\t0000000000000000\nCapBnd:\t${bounding}\n`)).toEqual(missing);
  });

  test('a status that does not say is no reason for a wrapper', () => {
    expect(missingCapabilities('Name:\tx\n')).toEqual([]);
  });
});

const hasJq = (() => {
  try {
    execFileSync('jq', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasJq)('runtimeWrapper (needs jq)', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'oci-wrapper-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  /** Runs the wrapper before `echo`; returns what it handed on. */
  async function wrapped(args: readonly string[]): Promise<string> {
    const script = path.join(directory, 'wrapper');
    await writeFile(script, runtimeWrapper(['CAP_SYS_RESOURCE'], 'echo'));
    await chmod(script, 0o755);
    return execFileSync(script, [...args], { encoding: 'utf8' }).trim();
  }
  const capabilities = (...names: string[]) => ({ bounding: names, effective: names, permitted: names });

  test.each(
    fewOf(1, [
      ['create --bundle DIR name', ['create', '--bundle', 'DIR', 'name']],
      ['create --bundle=DIR name', ['create', '--bundle=DIR', 'name']],
      ['run -b DIR name', ['run', '-b', 'DIR', 'name']],
    ]),
  )('%s: the capability is gone, everything else stays', async (_title, args) => {
    const file = path.join(directory, 'config.json');
    const config = {
      process: { args: ['a b'], capabilities: capabilities('CAP_CHOWN', 'CAP_SYS_RESOURCE') },
      root: {},
    };
    await writeFile(file, JSON.stringify(config));
    const given = args.map((word) => word.replace('DIR', directory));
    expect(await wrapped(given)).toBe(given.join(' '));
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      process: { args: ['a b'], capabilities: capabilities('CAP_CHOWN') },
      root: {},
    });
  });

  test('the process document of exec, whose capabilities are at its top', async () => {
    const file = path.join(directory, 'process.json');
    await writeFile(file, JSON.stringify({ cwd: '/', capabilities: capabilities('CAP_SYS_RESOURCE', 'CAP_KILL') }));
    await wrapped(['--root', '/r', 'exec', '--process', file, 'name']);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ cwd: '/', capabilities: capabilities('CAP_KILL') });
  });

  test('a container without capabilities, and an order without a document', async () => {
    const file = path.join(directory, 'config.json');
    await writeFile(file, '{"process":{"args":["x"]}}');
    await wrapped(['create', '--bundle', directory, 'name']);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ process: { args: ['x'] } });
    expect(await wrapped(['state', 'name'])).toBe('state name');
  });
});
