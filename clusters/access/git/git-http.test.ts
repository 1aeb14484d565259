import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runProgram } from '../../../harness/process/run-program.ts';
import { thorough } from '../../../harness/testkit/runner/thorough.ts';
import { parseCgiHead, serveGit } from './git-http.ts';

const ENVIRONMENT = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@localhost',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@localhost',
};
let folder: string;
let server: http.Server;
let base: string;
const notes: string[] = [];

const git = (...args: string[]) => runProgram(['git', ...args], { cwd: folder, env: ENVIRONMENT });

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-git-'));
  await mkdir(path.join(folder, 'served'));
  await git('init', '--quiet', '--bare', '--initial-branch=main', 'served/shop.git');
  await git('init', '--quiet', '--initial-branch=main', 'work');
  await writeFile(path.join(folder, 'work', 'weights.yaml'), 'weight: 90\n');
  await git('-C', 'work', 'add', '.');
  await git('-C', 'work', 'commit', '--quiet', '-m', 'first');
  await git('-C', 'work', 'push', '--quiet', '../served/shop.git', 'main');
  server = await serveGit(path.join(folder, 'served'), { host: '127.0.0.1', port: 0 }, (text) => notes.push(text));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

test('a repository can be cloned', async () => {
  await git('clone', '--quiet', `${base}/shop.git`, 'copy');
  expect(await readFile(path.join(folder, 'copy', 'weights.yaml'), 'utf8')).toBe('weight: 90\n');
});

thorough('and fetched again after the harness pushed by path', async () => {
  await git('clone', '--quiet', `${base}/shop.git`, 'reader');
  await writeFile(path.join(folder, 'work', 'weights.yaml'), 'weight: 75\n');
  await git('-C', 'work', 'commit', '--quiet', '-am', 'second');
  await git('-C', 'work', 'push', '--quiet', '../served/shop.git', 'main');
  await git('-C', 'reader', 'pull', '--quiet');
  expect(await readFile(path.join(folder, 'reader', 'weights.yaml'), 'utf8')).toBe('weight: 75\n');
});

test('nobody can push over HTTP', async () => {
  const before = (await git('-C', 'served/shop.git', 'rev-parse', 'main')).stdout;
  await git('-C', 'work', 'commit', '--quiet', '--allow-empty', '-m', 'unwanted');
  await expect(git('-C', 'work', 'push', '--quiet', `${base}/shop.git`, 'main')).rejects.toThrow(/403/);
  expect((await git('-C', 'served/shop.git', 'rev-parse', 'main')).stdout).toBe(before);
  await git('-C', 'work', 'reset', '--quiet', '--hard', 'HEAD~1');
});

test('a repository that is not there is 404, and a path out of the folder is not served', async () => {
  expect((await fetch(`${base}/other.git/info/refs?service=git-upload-pack`)).status).toBe(404);
  expect((await fetch(`${base}/..%2fwork/.git/info/refs?service=git-upload-pack`)).status).toBeGreaterThanOrEqual(400);
  expect(notes.join('\n')).toContain('git http-backend: ');
});

test('a malformed path is refused, and the server lives on', async () => {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    http.get(`${base}/%zz/info/refs`, (response) => resolve(response.resume().statusCode)).once('error', reject);
  });
  expect(status).toBe(400);
  expect((await fetch(`${base}/shop.git/info/refs?service=git-upload-pack`)).status).toBe(200);
});

test.each([
  ['no status line: 200', 'Content-Type: text/plain', { status: 200, headers: { 'Content-Type': 'text/plain' } }],
  ['a status line', 'Status: 403 Forbidden\r\nX-A: b:c', { status: 403, headers: { 'X-A': 'b:c' } }],
  ['a status in lower case', 'status:404 Not Found', { status: 404, headers: {} }],
  ['a status that is none', 'Status: what', { status: 500, headers: {} }],
  ['lines without a colon', 'garbage\r\nA: 1', { status: 200, headers: { A: '1' } }],
])('CGI head, %s', (_, text, parsed) => {
  expect(parseCgiHead(text)).toEqual(parsed);
});
