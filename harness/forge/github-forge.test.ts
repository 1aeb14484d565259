import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeGithub, startFakeGithub } from '../testkit/fakes/fake-github.ts';
import { createGithubForge } from './github-forge.ts';
import { stickComment, stickIssue } from './sticky.ts';

const MARKER = '<!-- canaryproof:one -->';
let github: FakeGithub;
beforeEach(async () => {
  github = await startFakeGithub();
});
afterEach(() => github[Symbol.asyncDispose]());
const forge = (token = 'write', repository = 'shop/deploy') =>
  createGithubForge({ apiUrl: `${github.url}/`, repository, token });

describe.each(['write', 'workflow'])('with a token that may write (%s)', (token) => {
  test('one comment, made once and then edited in place, on whichever page it is', async () => {
    for (let id = 1; id <= 230; id += 1)
      github.comments.push({ id, body: `${MARKER}: not ours`, user: { login: 'somebody' } });
    expect(await stickComment(forge(token), 7, MARKER, `${MARKER}\nfirst`)).toMatchObject({ done: 'created' });
    expect(await stickComment(forge(token), 7, MARKER, `${MARKER}\nfirst\n`)).toMatchObject({ done: 'unchanged' });
    const { done, url } = await stickComment(forge(token), 7, MARKER, `${MARKER}\nsecond`);
    expect({ done, url }).toEqual({ done: 'updated', url: expect.stringContaining('https://github.test/') });
    expect(github.comments).toHaveLength(231);
    expect(github.comments.at(-1)?.body).toBe(`${MARKER}\nsecond`);
    expect(github.comments.filter(({ body }) => body === `${MARKER}: not ours`)).toHaveLength(230);
  });

  test('another name is another comment; a quote of the marker is none', async () => {
    await stickComment(forge(token), 7, MARKER, `${MARKER}\none`);
    await stickComment(forge(token), 7, '<!-- canaryproof:two -->', `<!-- canaryproof:two -->\nsee ${MARKER}`);
    await stickComment(forge(token), 7, MARKER, `${MARKER}\nedited`);
    expect(github.comments.map(({ body }) => body.split('\n')[1])).toEqual(['edited', `see ${MARKER}`]);
  });

  test('one open issue of a label, and pull requests are none', async () => {
    const { login } = { login: token === 'write' ? 'ci' : 'github-actions[bot]' };
    github.issues.push({ id: 5, body: MARKER, user: { login }, labels: ['canaryproof'], isPullRequest: true });
    const issue = { title: 'bookinfo fails', body: `${MARKER}\nsince`, label: 'canaryproof', open: true };
    expect(await stickIssue(forge(token), MARKER, { ...issue, open: false })).toBeUndefined();
    expect(await stickIssue(forge(token), MARKER, issue)).toMatchObject({ done: 'created' });
    expect(await stickIssue(forge(token), MARKER, { ...issue, body: `${MARKER}\nstill` })).toMatchObject({
      done: 'updated',
    });
    expect(github.issues.map(({ body }) => body)).toEqual([MARKER, `${MARKER}\nstill`]);
  });
});

test.each([
  ['read', 'shop/deploy', 'FORGE_READ_ONLY'],
  ['wrong', 'shop/deploy', 'FORGE_TOKEN_REFUSED'],
  ['write', 'shop/other', 'FORGE_NOT_FOUND'],
])('token %s on %s: %s, and nothing is written', async (token, repository, code) => {
  const said = stickComment(forge(token, repository), 7, MARKER, MARKER);
  await expect(said).rejects.toMatchObject({ code, exitCode: 3, hint: expect.any(String) });
  await expect(said).rejects.not.toMatchObject({ message: expect.stringContaining(token) });
  expect(github.comments).toEqual([]);
});

test.each<[number, Record<string, string>, string]>([
  [429, {}, 'FORGE_LIMITED'],
  [403, { 'x-ratelimit-remaining': '0' }, 'FORGE_LIMITED'],
  [500, {}, 'FORGE_FAILED'],
  [302, { location: 'http://127.0.0.1:1/' }, 'FORGE_FAILED'],
])('status %i is %s', async (status, headers, code) => {
  github.breakWith(status, headers);
  await expect(forge().ownComments(7)).rejects.toMatchObject({ code });
});

test('an answer that is none of GitHub, and nobody there', async () => {
  github.breakWith(200);
  await expect(forge().ownComments(7)).rejects.toMatchObject({ code: 'FORGE_FAILED' });
  const nobody = createGithubForge({ apiUrl: 'http://127.0.0.1:1', repository: 'a/b', token: 'write' });
  await expect(nobody.ownComments(7)).rejects.toMatchObject({ code: 'FORGE_FAILED' });
});
