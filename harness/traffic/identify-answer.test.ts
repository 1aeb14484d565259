import { describe, expect, test } from 'vitest';
import { preflightAnswer } from '../assert-split/preflight-answer.ts';
import { parseIdentify } from '../documents/identify-kinds.ts';
import type { ProbeAnswer } from './identify-answer.ts';

const answer = (change: Partial<ProbeAnswer> = {}): ProbeAnswer => ({
  status: 200,
  headers: { 'content-type': 'text/plain', 'x-version': 'v2' },
  body: '',
  durationMs: 12,
  ...change,
});

describe('preflight', () => {
  const ask = (answers: readonly ProbeAnswer[], how = 'header:x-version') => {
    let next = 0;
    return preflightAnswer('http://a/', parseIdentify(how), async () => answers[Math.min(next++, answers.length - 1)]!);
  };

  test('names who answered and how long a warm request takes', async () => {
    expect(await ask([answer({ durationMs: 200 }), answer({ durationMs: 3 })])).toMatchObject({
      identity: 'v2',
      latencyMs: 3,
    });
  });

  test('who answered may be said by others than the answer', async () => {
    expect(await ask([answer({ answerer: 'v3' })], 'proxy')).toMatchObject({ identity: 'v3' });
    await expect(ask([answer({ answerer: '' })], 'proxy')).rejects.toMatchObject({ code: 'IDENTIFY_NO_MATCH' });
  });

  test('nobody named: a usage error that shows what was seen', async () => {
    const wrong = ask([answer({ body: `<html>${'x'.repeat(1000)}` })], 'header:x-app');
    await expect(wrong).rejects.toMatchObject({ code: 'IDENTIFY_NO_MATCH', exitCode: 2, where: 'http://a/' });
    await expect(wrong).rejects.toThrow(
      /header:x-app\nseen: HTTP 200\n {2}headers: content-type, x-version\n {2}body \(1006 bytes\): <html>x{194} …$/,
    );
  });

  test('a redirect says where to', async () => {
    const moved = ask([answer({ status: 302, headers: { location: '/login' } })]);
    await expect(moved).rejects.toMatchObject({ exitCode: 2, hint: expect.stringContaining('http://a/login') });
    const away = ask([answer({ status: 307, headers: { location: 'https://b.example/x?token=abcdefgh' } })]);
    await expect(away).rejects.toMatchObject({ exitCode: 2, hint: expect.stringContaining('https://b.example/x?') });
    await expect(away).rejects.not.toMatchObject({ hint: expect.stringContaining('abcdefgh') });
  });

  test('an answer of 304 is no redirect, and a header that came twice is said to have', async () => {
    const unchanged = ask([answer({ status: 304, headers: { 'x-edge': ['a', 'b'] } })]);
    await expect(unchanged).rejects.toMatchObject({ exitCode: 2, hint: expect.stringContaining('--identify') });
    await expect(unchanged).rejects.toThrow('headers: x-edge (2 values)');
  });

  test('one 503 is for the verdict, five are an endpoint that fails', async () => {
    const broken = answer({ status: 503, headers: {} });
    expect(await ask([broken, broken, answer()])).toMatchObject({ identity: 'v2' });
    await expect(ask([broken])).rejects.toMatchObject({ code: 'ENDPOINT_FAILING', exitCode: 3 });
  });
});
