/** A run directory that somebody else prepared: nothing outside is read or written, and nothing is read for ever. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { renderRunReportJson } from '../../reports/model/read-run-report.ts';
import { sampleReport } from '../../reports/model/samples/sample-report.ts';
import { hashContained, isPlainRelative, NotContained } from './contained-file.ts';
import { remakeReport } from './remake-report.ts';

let parent: string;
let run: string;
beforeEach(async () => {
  parent = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-foreign-'));
  run = path.join(parent, 'run');
  await mkdir(run);
  await mkdir(path.join(parent, 'outside'));
  await writeFile(path.join(parent, 'outside', 'secret'), 'secret');
});
afterEach(() => rm(parent, { recursive: true, force: true }));
const at = (...names: string[]) => path.join(run, ...names);
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test.each(['', '.', '..', '../x', 'a/../../x', '/etc/passwd', 'a//b', 'a/./b', 'a/', 'a\0b'])('%j is no name', (name) =>
  expect(isPlainRelative(name)).toBe(false),
);
test.each(['a', 'logs/a.log', '..a/b..', 'git/.git/x'])('%j is a name', (name) =>
  expect(isPlainRelative(name)).toBe(true),
);

describe('the hash of recorded evidence', () => {
  test('of a file of the recorded size', async () => {
    await mkdir(at('logs'));
    await writeFile(at('logs', 'a'), 'text');
    expect(await hashContained(run, { path: 'logs/a', bytes: 4 })).toBe(sha256('text'));
    await writeFile(at('empty'), '');
    expect(await hashContained(run, { path: 'empty', bytes: 0 })).toBe(sha256(''));
  });

  test('is not made of another size, nor of what is not there', async () => {
    await writeFile(at('a'), 'text');
    expect(await hashContained(run, { path: 'a', bytes: 3 })).toBe('other size');
    expect(await hashContained(run, { path: 'b', bytes: 3 })).toBeUndefined();
    await expect(hashContained(run, { path: 'a/below', bytes: 3 })).rejects.toThrow(NotContained);
  });

  test('leads nowhere outside, through no link, and to no pipe or device', async () => {
    await symlink(path.join(parent, 'outside'), at('folder'));
    await symlink(path.join(parent, 'outside', 'secret'), at('link'));
    await symlink('/dev/zero', at('zero'));
    execFileSync('mkfifo', [at('pipe')]);
    await mkdir(at('directory'));
    for (const name of ['../outside/secret', '/dev/zero', 'folder/secret'])
      await expect(hashContained(run, { path: name, bytes: 6 }), name).rejects.toThrow(NotContained);
    // the words of the look before anything is opened: opening a device or a pipe already does something
    for (const name of ['link', 'zero', 'pipe', 'directory'])
      await expect(hashContained(run, { path: name, bytes: 6 })).rejects.toThrow(
        new NotContained(`${name} is no regular file`),
      );
  });
});

describe('remaking the report', () => {
  const render = async () =>
    new Map([
      ['result.json', '{}'],
      ['png/a.png', 'picture'],
    ]);
  const remake = (checkEvidence = true) => remakeReport(run, { render, checkEvidence });
  const recorded = async (files: readonly { path: string; bytes: number; sha256: string }[]) => {
    const report = sampleReport('passed');
    const text = renderRunReportJson({ ...report, appendix: { ...report.appendix, files: [...files] } });
    await writeFile(at('result.json'), text);
  };

  test('names every piece of evidence that is none, and reads nothing outside', async () => {
    await symlink(path.join(parent, 'outside', 'secret'), at('link'));
    await recorded([
      { path: '/dev/zero', bytes: 1, sha256: sha256('') },
      { path: '../outside/secret', bytes: 6, sha256: sha256('secret') },
      { path: 'link', bytes: 6, sha256: sha256('secret') },
    ]);
    const error = await remake().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'RUN_EVIDENCE_DAMAGED', exitCode: 5 });
    for (const name of ['/dev/zero', '../outside/secret', 'link']) expect(String(error)).toContain(name);
  });

  test('writes through no link: a linked report is replaced, a linked folder is refused', async () => {
    await recorded([]);
    await rm(at('result.json'));
    await recorded([]);
    await symlink(path.join(parent, 'outside'), at('png'));
    await expect(remake()).rejects.toMatchObject({ code: 'RUN_DIRECTORY_CORRUPT', exitCode: 5 });
    expect(await readdir(path.join(parent, 'outside'))).toEqual(['secret']);
    await rm(at('png'));
    await recorded([]);
    await mkdir(at('png'));
    await symlink(path.join(parent, 'outside', 'secret'), at('png', 'a.png'));
    await remake();
    expect((await lstat(at('png', 'a.png'))).isFile()).toBe(true);
    expect(await readFile(path.join(parent, 'outside', 'secret'), 'utf8')).toBe('secret');
  });

  test('a result that is a link, a pipe or a device is not read', async () => {
    for (const make of [
      () => symlink('/dev/zero', at('result.json')),
      () => symlink(path.join(parent, 'outside', 'secret'), at('result.json')),
      async () => void execFileSync('mkfifo', [at('result.json')]),
    ]) {
      await make();
      await expect(remake()).rejects.toMatchObject({ code: 'RUN_DIRECTORY_CORRUPT', exitCode: 5 });
      await rm(at('result.json'));
    }
  });
});
