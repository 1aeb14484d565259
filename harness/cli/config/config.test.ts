import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../../errors/harness-error.ts';
import { createFakeServices } from '../../testkit/fakes/fake-services.ts';
import { createFakeWorld } from '../../testkit/fakes/fake-world.ts';
import { run } from '../run.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'config-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function runWith(text: string, argv: readonly string[]) {
  const file = path.join(folder, 'flags.yaml');
  await writeFile(file, text);
  const services = createFakeServices();
  const world = createFakeWorld();
  const exitCode = await run(world, [...argv, '--config', file], services);
  const request = services.calls[0]?.request as { [key: string]: unknown } | undefined;
  return { exitCode, request, stdout: world.stdoutText(), stderr: world.stderrText(), file };
}

const FILE = `
conform:
  assurance: smoke
  rate: 40
  claim:
    - bookinfo/split-90-10
    - bookinfo/gitops
  quiet: true
status: {}
`;

describe('--config', () => {
  test('flags of the file count as if they were typed, in the words that reproduce the run as well', async () => {
    const { exitCode, request } = await runWith(FILE, ['conform', 'bookinfo']);
    expect(exitCode).toBe(EXIT.passed);
    expect(request).toMatchObject({
      assurance: 'smoke',
      ratePerSecond: 40,
      claims: ['bookinfo/split-90-10', 'bookinfo/gitops'],
    });
    expect(request!.command).toContain('--assurance=smoke');
    expect(JSON.stringify(request!.command)).not.toContain('flags.yaml');
  });

  test('what is typed replaces what the file says, lists as a whole', async () => {
    const typed = ['conform', 'bookinfo', '--claim', 'bookinfo/gitops', '--rate=60'];
    const { request } = await runWith(FILE, typed);
    expect(request).toMatchObject({ claims: ['bookinfo/gitops'], ratePerSecond: 60, assurance: 'smoke' });
  });

  test.each([
    ['conform:\n  asurance: smoke\n', 'CONFIG_UNKNOWN_FLAG', "Did you mean 'assurance'?", ':2'],
    ['confrom:\n  rate: 4\n', 'CONFIG_UNKNOWN_VERB', "Did you mean 'conform'?", ':1'],
    ['conform:\n  quiet: 3\n', 'CONFIG_INVALID', 'true is as if it was typed', ':2'],
    ['conform: [rate]\n', 'CONFIG_INVALID', 'Write a map', ':1'],
    ['conform:\n  rate: {a: 1}\n', 'CONFIG_INVALID', 'one value, or a list', ':2'],
    ['- a\n', 'CONFIG_INVALID', 'Write a map', ''],
    ['conform: "\n', 'CONFIG_INVALID', 'Write a map', ''],
  ])('%j is refused with its place and what to do', async (text, code, hint, where) => {
    const { exitCode, stderr, request } = await runWith(text, ['conform', 'bookinfo']);
    expect(exitCode).toBe(EXIT.usage);
    expect(request).toBeUndefined();
    expect(stderr).toContain(code);
    expect(stderr).toContain(hint);
    expect(stderr).toContain(`flags.yaml${where}`);
  });

  test('a value that the flag itself would refuse is refused alike, and a file that is not there is said', async () => {
    expect((await runWith('conform:\n  rate: -4\n', ['conform', 'bookinfo'])).exitCode).toBe(EXIT.usage);
    const world = createFakeWorld();
    expect(await run(world, ['conform', 'bookinfo', '--config', '/nowhere.yaml'], createFakeServices())).toBe(
      EXIT.usage,
    );
    expect(world.stderrText()).toContain('CONFIG_MISSING');
  });
});

describe('config print', () => {
  test('says what counts, and where each value is from', async () => {
    const { stdout, file, exitCode, stderr } = await runWith(FILE, [
      'config',
      'print',
      'conform',
      '--origin',
      '--rate',
      '60',
    ]);
    expect(stderr).toBe('');
    expect(exitCode).toBe(EXIT.passed);
    const lines = stdout.split('\n');
    expect(lines).toContain('rate: 60  # typed');
    expect(lines).toContain(`assurance: smoke  # ${file}:3`);
    expect(lines).toContain(`claim: bookinfo/split-90-10, bookinfo/gitops  # ${file}:5`);
    expect(stdout).toMatch(/^run-dir: runs {2}# default$/m);
  });

  test('hides what a header holds', async () => {
    const text = 'assert-split:\n  header: "Authorization: Bearer abc"\n';
    const { stdout } = await runWith(text, ['config', 'print', 'assert-split', '--origin']);
    expect(stdout).toContain('header: Authorization: ');
    expect(stdout).not.toContain('abc');
  });

  test('of a verb that is not there', async () => {
    expect((await runWith('{}', ['config', 'print', 'conforn'])).stderr).toContain('USAGE_UNKNOWN_VERB');
  });
});
