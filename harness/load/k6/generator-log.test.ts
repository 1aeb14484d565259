import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { GeneratorLog } from './generator-log.ts';

test('secrets are in neither the file nor the tail, and lines that differ in them only are one', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'canaryproof-test-'));
  try {
    const file = path.join(directory, 'k6.log');
    const log = new GeneratorLog(file, (text) => text.replace(/canary-\d/g, '***'));
    log.add('Get "http://h/?token=canary-1": refused');
    log.add('Get "http://h/?token=canary-2": refused');
    log.close();
    expect(log.tail()).toBe('Get "http://h/?token=***": refused');
    expect(readFileSync(file, 'utf8')).toBe(
      'Get "http://h/?token=***": refused\n2 times: Get "http://h/?token=***": refused\n',
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});
