import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { CATALOGUE } from '../catalogue/catalogue.ts';
import { missingPrerequisites } from './prerequisites.ts';

const notYetThere = path.join(tmpdir(), 'canaryproof-none', 'deep', 'cache');
const etcd = CATALOGUE.filter(({ component }) => component === 'etcd');

afterEach(() => vi.unstubAllEnvs());

it('names a missing python with its apt line, and a small disk with both figures', async () => {
  vi.stubEnv('PATH', '/nonexistent');
  const huge = etcd.map((recipe) => ({ ...recipe, buildBytes: 2 ** 60 }));
  const missing = await missingPrerequisites(notYetThere, huge);
  expect(missing.map(({ problem }) => problem)).toEqual([
    'python3 is not installed',
    expect.stringMatching(/building needs about 1073741824\.\d GiB .*, [\d.]+ GiB are free/),
  ]);
  expect(missing[0]?.hint).toContain('apt-get install -y python3 python3-pip');
  expect(missing[1]?.hint).toContain('CANARYPROOF_CACHE');
});
