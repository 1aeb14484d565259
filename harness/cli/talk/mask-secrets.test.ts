import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HarnessError } from '../../errors/harness-error.ts';
import { HiddenWords } from '../../errors/hidden-words.ts';
import { maskSecrets } from './mask-secrets.ts';
import { readHeaders } from './request-headers.ts';

describe('a command line is written down without', () => {
  test.each([
    [
      ['-H', 'Authorization: Bearer x'],
      ['-H', 'Authorization: ***'],
    ],
    [
      ['--header', 'cookie:a=b'],
      ['--header', 'cookie:***'],
    ],
    [['--header=X-Api-Key: 1'], ['--header=X-Api-Key: ***']],
    [['-HX-Auth: 1'], ['-HX-Auth: ***']],
    [['-vHX-Anything: 1'], ['-vHX-Anything: ***']],
    [
      ['-vH', 'X-Version: 1'],
      ['-vH', 'X-Version: ***'],
    ],
    [
      ['-H', 'no colon: at all?'],
      ['-H', '***'],
    ],
    [
      ['-H', '@/etc/headers'],
      ['-H', '@/etc/headers'],
    ],
    [
      ['--header-env', 'Authorization: TOKEN'],
      ['--header-env', 'Authorization: TOKEN'],
    ],
    [['http://me:pw@host/'], ['http://***@host/']],
    [['--url=https://me@host/?access_token=t#f'], ['--url=https://***@host/?access_token=***#***']],
    [['--push-metrics=http://u:p@gw'], ['--push-metrics=http://***@gw']],
    [
      ['--push-metrics', 'http://u:p@gw:9091'],
      ['--push-metrics', 'http://***@gw:9091'],
    ],
    [['http://u:p/w@host/'], ['http://***@host/']],
    [['http:/u:p@host/?a=b'], ['http://***@host/?a=***']],
    [['--url=HTTPS:u:p@host'], ['--url=HTTPS://***@host']],
    [['http:\\\\u:p@host'], ['http://***@host']],
    [['http:\t//u:p@host'], ['http://***@host']],
    [['http://u:p?w@host/'], ['http://***@host/']],
    [['postgres://u:p@db/x?sslkey=1&y'], ['postgres://***@db/x?sslkey=***&***']],
    [['http://host/@scope/x'], ['http://host/@scope/x']],
    [['a=http://x,http://u:p@b?c=d'], ['a=http://x,http://***@b?c=***']],
    [['http://a/?next=http://u:p@b/x'], ['http://a/?next=***']],
    [
      ['--identify', 'regex:x'],
      ['--identify', 'regex:x'],
    ],
  ])('%j', (argv, masked) => {
    expect(maskSecrets(argv)).toEqual(masked);
  });
});

describe('headers', () => {
  let folder: string;
  beforeEach(() => {
    hidden = new HiddenWords();
    folder = mkdtempSync(path.join(os.tmpdir(), 'canaryproof-headers-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  let hidden: HiddenWords;
  const read = (typed: string[], fromEnvironment: string[] = [], env = {}) =>
    readHeaders({ typed, fromEnvironment }, { cwd: folder, env }, hidden);

  test('typed, from a file, and from the environment; the last of a name stays', () => {
    writeFileSync(path.join(folder, 'more'), '# a comment\nAuthorization: Bearer f\r\n\nX-B: 2:3\n');
    const headers = read(['X-A: 1', 'authorization: typed', '@more'], ['X-C: TOKEN'], { TOKEN: 'secret' });
    expect(headers).toEqual({ 'X-A': '1', Authorization: 'Bearer f', 'X-B': '2:3', 'X-C': 'secret' });
  });

  test('every value is hidden from then on, whichever way it came', () => {
    writeFileSync(path.join(folder, 'more'), 'X-Auth: from-a-file\n');
    read(['X-Auth: from-a-word', '@more'], ['X-Auth: TOKEN'], { TOKEN: 'from-a-variable' });
    for (const value of ['from-a-word', 'from-a-file', 'from-a-variable'])
      expect(hidden.hide(`echo ${value}`)).toBe('echo ***');
  });

  test.each([
    [['canary-secret'], [], 'HEADER_SYNTAX'],
    [['a b: canary-secret'], [], 'HEADER_SYNTAX'],
    [['A: canary\nsecret: x'], [], 'HEADER_SYNTAX'],
    [['@missing'], [], 'HEADER_FILE'],
    [[], ['A: NOT_SET'], 'HEADER_VARIABLE'],
  ])('%j %j is refused with %s, and its value is not repeated', (typed, fromEnvironment, code) => {
    let error: unknown;
    try {
      read(typed, fromEnvironment);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(HarnessError);
    expect(error).toMatchObject({ code, exitCode: 2 });
    expect(`${(error as HarnessError).message} ${(error as HarnessError).hint}`).not.toMatch(/canary.?secret/);
  });
});
