import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { findBrowser } from './find-browser.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'canaryproof-test-'));
  for (const name of ['chromium', 'google-chrome', 'chromium-headless-shell'])
    await writeFile(path.join(folder, name), '');
  for (const name of ['chromium', 'google-chrome']) await chmod(path.join(folder, name), 0o700);
});
afterAll(() => removeOwnTree(folder));

test('the first that can be run', () => {
  expect(findBrowser({ PATH: `/nowhere:relative:${folder}` })).toBe(path.join(folder, 'chromium'));
});

test('the named one, and no other', () => {
  const named = path.join(folder, 'google-chrome');
  expect(findBrowser({ PATH: folder, CANARYPROOF_BROWSER: named })).toBe(named);
  expect(() => findBrowser({ PATH: folder, CANARYPROOF_BROWSER: path.join(folder, 'none') })).toThrow(
    expect.objectContaining({ code: 'BROWSER_MISSING', where: path.join(folder, 'none'), exitCode: 3 }) as Error,
  );
});

test('none: a code, a place and what to do', () => {
  expect(() => findBrowser({ PATH: '/nowhere' })).toThrow(
    expect.objectContaining({
      code: 'BROWSER_MISSING',
      where: 'PATH',
      hint: expect.stringContaining('apt-get install') as string,
    }) as Error,
  );
  expect(() => findBrowser({})).toThrow(expect.objectContaining({ code: 'BROWSER_MISSING' }) as Error);
});
