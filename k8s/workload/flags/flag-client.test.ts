import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { flagReader } from '../hops.ts';
import { startForTest } from '../start-for-tests.ts';
import { bucketOf } from './evaluate-flag.ts';

const TOKEN = 'default:production.of-a-test';
const stateOf = flagReader('new-checkout');

interface Unleash {
  percentage: number;
  enabled: boolean;
  /** What it answers instead. */
  status: number;
  /** Whether it knows the flag at all. */
  knows: boolean;
  readonly asked: { authorization: string | undefined; status: number }[];
}

/** Answers by the token alone, with an ETag, as Unleash does. */
async function playUnleash(): Promise<Unleash & { readonly environment: Readonly<Record<string, string>> }> {
  const unleash: Unleash = { percentage: 100, enabled: true, status: 200, knows: true, asked: [] };
  const server = createServer((request, response) => {
    const { percentage, enabled, knows } = unleash;
    const strategies = [
      { name: 'flexibleRollout', parameters: { rollout: String(percentage), stickiness: 'userId', groupId: 'g' } },
    ];
    const body = JSON.stringify({ features: knows ? [{ name: 'new-checkout', enabled, strategies }] : [] });
    const etag = `"${Buffer.from(body).toString('base64')}"`;
    const { authorization } = request.headers;
    const status =
      unleash.status !== 200
        ? unleash.status
        : authorization !== TOKEN
          ? 401
          : request.headers['if-none-match'] === etag
            ? 304
            : 200;
    unleash.asked.push({ authorization, status });
    response.writeHead(request.url === '/api/client/features' ? status : 404, { etag });
    response.end(status === 200 ? body : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const folder = await mkdtemp(path.join(tmpdir(), 'canaryproof-flags-'));
  await writeFile(path.join(folder, 'token'), `${TOKEN}\n`);
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  const environment = {
    FLAGS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`,
    FLAGS_TOKEN_FILE: path.join(folder, 'token'),
    FLAGS: 'new-checkout',
    FLAGS_REFRESH_MS: '20',
  };
  return Object.assign(unleash, { environment });
}

async function ask(origin: string, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(origin, { headers });
  return answer.headers.get('x-canaryproof-hops') ?? '';
}
const said = async (origin: string, headers?: Readonly<Record<string, string>>) => stateOf(await ask(origin, headers));
const ADA = { 'x-user-id': 'ada' };

test('every answer says, behind the own hop, what came of the flag for whoever asked', async () => {
  const unleash = await playUnleash();
  unleash.percentage = bucketOf('g', 'ada');
  const { origin } = await startForTest(unleash.environment);
  await vi.waitFor(async () => expect(await ask(origin, ADA)).toBe('reviews=v3@pod-0;~new-checkout=on@'));
  unleash.percentage -= 1;
  await vi.waitFor(async () => expect(await said(origin, ADA)).toBe('off'));
  expect(await said(origin)).toBe('off');
  // what has not changed is not sent again
  await vi.waitFor(() => expect(unleash.asked.at(-1)).toEqual({ authorization: TOKEN, status: 304 }));
});

test('the user may be in a cookie', async () => {
  const unleash = await playUnleash();
  const { origin } = await startForTest({ ...unleash.environment, FLAGS_USER: 'cookie:uid' });
  await vi.waitFor(async () => expect(await said(origin, { cookie: 'a=b; uid=ada' })).toBe('on'));
  expect(await said(origin, ADA)).toBe('off');
});

test('before the first answer nobody can tell; a flag that Unleash does not know is off', async () => {
  const unleash = await playUnleash();
  unleash.status = 500;
  const { origin } = await startForTest(unleash.environment);
  expect(await said(origin, ADA)).toBe('unknown');
  Object.assign(unleash, { status: 200, knows: false });
  await vi.waitFor(async () => expect(await said(origin, ADA)).toBe('off'));
});

test.each([
  ['goes on as it was known last', {}, 'on'],
  ['is off where that is wanted', { ON_FLAGS_OUTAGE: 'off' }, 'off'],
])('without an answer of Unleash the flag %s', async (_, more, state) => {
  const unleash = await playUnleash();
  const { origin } = await startForTest({ ...unleash.environment, ...more });
  await vi.waitFor(async () => expect(await said(origin, ADA)).toBe('on'));
  const before = unleash.asked.length;
  unleash.status = 503;
  await vi.waitFor(() => expect(unleash.asked.length).toBeGreaterThan(before + 2));
  expect(await said(origin, ADA)).toBe(state);
  unleash.status = 200;
  await vi.waitFor(async () => expect(await said(origin, ADA)).toBe('on'));
});

test('refreshed never again: from the moment on when every flag is known', async () => {
  const unleash = await playUnleash();
  unleash.knows = false;
  const { origin } = await startForTest({ ...unleash.environment, FLAGS_REFRESH_MS: '0' });
  await vi.waitFor(() => expect(unleash.asked.length).toBeGreaterThan(0));
  unleash.knows = true;
  await vi.waitFor(async () => expect(await said(origin, ADA)).toBe('on'), 5_000);
  const asked = unleash.asked.length;
  unleash.enabled = false;
  // a time in which it would have asked several times
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  expect(unleash.asked).toHaveLength(asked);
  expect(await said(origin, ADA)).toBe('on');
});

test('the mark stands before those of upstreams, and on errors as well', async () => {
  const unleash = await playUnleash();
  const down = await startForTest({ SERVICE: 'ratings', VERSION: 'v1' });
  const { origin } = await startForTest({ ...unleash.environment, UPSTREAMS: `ratings=${down.origin}/` });
  await vi.waitFor(async () =>
    expect(await ask(origin, ADA)).toBe('reviews=v3@pod-0;~new-checkout=on@;ratings=v1@pod-0'),
  );
  const erring = await startForTest({ ...unleash.environment, BEHAVIOUR: '{"errorShare":1}' });
  await vi.waitFor(async () => expect(await said(erring.origin, ADA)).toBe('on'));
});
