import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ownProgramEntry } from './own-program.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'canaryproof-program-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const service = path.join(folder, 'service');
const toolBin = path.join(folder, 'tool', 'bin');
for (const one of [service, toolBin]) mkdirSync(one, { recursive: true });
for (const file of [path.join(service, 'serve'), path.join(toolBin, 'tool')]) {
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, 0o755);
}
writeFileSync(path.join(service, 'plain'), '');

const entry = (command: readonly [string, ...string[]], directory = service) =>
  ownProgramEntry('shop/api:*', { command, directory, environment: { VERSION: '{tag}' }, port: 8080 }, toolBin);

describe('a program of the user', () => {
  test('in its own directory', () => {
    expect(entry(['./serve', '--fast'])).toEqual({
      image: 'shop/api:*',
      replaces: 'program',
      entrypoint: ['/app/serve', '--fast'],
      env: { VERSION: '{tag}', PORT: '8080' },
      files: { '/app': service },
      workingDir: '/app',
    });
  });

  test('on the path, with the folder that holds its libraries', () => {
    const { entrypoint, files } = entry(['tool', 'x.py']);
    expect(entrypoint).toEqual([path.join(toolBin, 'tool'), 'x.py']);
    expect(files).toEqual({ '/app': service, [path.dirname(toolBin)]: path.dirname(toolBin) });
  });

  test('what every container sees needs nothing', () => {
    const shared = ownProgramEntry(
      'i',
      { command: ['env'], directory: service, environment: {}, port: undefined },
      '/usr/bin',
    );
    expect(shared).toMatchObject({ files: { '/app': service }, env: {} });
  });

  test.each([[['missing']], [['./plain']], [['/nowhere/x']]])('%j is not there', (command) => {
    expect(() => entry(command as [string])).toThrow(expect.objectContaining({ code: 'PROGRAM_NOT_FOUND' }));
  });
  test('neither is its folder', () => {
    const code = 'PROGRAM_DIRECTORY_MISSING';
    expect(() => entry(['./serve'], path.join(folder, 'none'))).toThrow(expect.objectContaining({ code }));
  });
});
