import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { thorough } from '../testkit/runner/thorough.ts';
import { commitAll, git, writeTree } from '../units/tree-fixture.ts';
import { withClone } from './clone-repository.ts';

test('a clone is made in its own folder, also where a hook of another repository calls', async () => {
  const [from, hooked] = [writeTree({ 'a.yaml': 'a: 1\n' }), writeTree({ 'b.yaml': 'b: 1\n' })];
  const [commit] = [commitAll(from), commitAll(hooked)];
  const before = [git(hooked, 'rev-parse', 'HEAD'), readFileSync(path.join(hooked, '.git/config'), 'utf8')];
  vi.stubEnv('GIT_DIR', path.join(hooked, '.git'));
  vi.stubEnv('GIT_WORK_TREE', hooked);
  const cloned = withClone(`file://${from}`, undefined, async (clone) => [
    clone.commit,
    readdirSync(clone.folder).sort(),
  ]);
  expect(await cloned.finally(() => vi.unstubAllEnvs())).toEqual([commit, ['.git', 'a.yaml']]);
  expect([git(hooked, 'rev-parse', 'HEAD'), readFileSync(path.join(hooked, '.git/config'), 'utf8')]).toEqual(before);
  expect(readdirSync(hooked).sort()).toEqual(['.git', 'b.yaml']);
});

test('what Git says of an address is repeated without its secrets', async () => {
  const cloning = withClone('http://me:pass@127.0.0.1:9/a.git?access_token=needle', undefined, async () => undefined);
  const error = await cloning.catch((cause: Error) => cause);
  expect(error).toMatchObject({ code: 'CLONE_FAILED' });
  expect(JSON.stringify([(error as Error).message, (error as { where?: unknown }).where])).not.toMatch(/pass|needle/);
});

thorough('what CI says in the environment of addresses and tokens holds for a clone', async () => {
  const from = writeTree({ 'a.yaml': 'a: 1\n' });
  const commit = commitAll(from);
  vi.stubEnv('GIT_CONFIG_COUNT', '1');
  vi.stubEnv('GIT_CONFIG_KEY_0', `url.file://${from}.insteadOf`);
  vi.stubEnv('GIT_CONFIG_VALUE_0', 'https://git.test/shop.git');
  const cloned = withClone('https://git.test/shop.git', undefined, async (clone) => clone.commit);
  expect(await cloned.finally(() => vi.unstubAllEnvs())).toBe(commit);
});

thorough('a server that takes the call and says nothing is given up', async () => {
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.git`;
  const cloning = withClone(url, undefined, async () => undefined, 300);
  await expect(cloning).rejects.toMatchObject({ code: 'CLONE_FAILED', message: `${url} did not answer for 0.3 s` });
  server.close();
});

test('a server that wants a password is said to', async () => {
  const server = createHttpServer((_, response) =>
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end(),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.git`;
  await expect(withClone(url, undefined, async () => undefined)).rejects.toMatchObject({
    code: 'CLONE_FAILED',
    hint: expect.stringContaining('password'),
  });
  server.close();
});

test('of what Git says the complaint is told, and not the advice behind it', async () => {
  await expect(withClone('file:///nowhere/at/all', undefined, async () => undefined)).rejects.toMatchObject({
    message: expect.stringMatching(/does not appear to be a git repository$/),
  });
});
