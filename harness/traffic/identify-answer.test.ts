import { describe, expect, test } from 'vitest';
import { preflightAnswer } from '../assert-split/preflight-answer.ts';
import { parseIdentify } from '../documents/identify.ts';
import { identifyText, type ProbeAnswer, readIdentity } from './identify-answer.ts';

const answer = (change: Partial<ProbeAnswer> = {}): ProbeAnswer => ({
  status: 200,
  headers: { 'content-type': 'text/plain', 'x-version': 'v2' },
  body: '',
  durationMs: 12,
  ...change,
});

describe('reading who answered', () => {
  test.each([
    ['header:X-Version', answer(), 'v2'],
    ['header:x-other', answer(), ''],
    ['json:service.version', answer({ body: '{"service":{"version":"v3"}}' }), 'v3'],
    ['json:items.0.version', answer({ body: '{"items":[{"version":7}]}' }), '7'],
    ['json:items.1.version', answer({ body: '{"items":[{"version":7}]}' }), ''],
    ['json:a.b', answer({ body: '{"a":null}' }), ''],
    ['json:toString', answer({ body: '{}' }), ''],
    ['json:a', answer({ body: 'not JSON' }), ''],
    ['regex:version=(v\\d)', answer({ body: '<p>version=v4</p>' }), 'v4'],
    ['regex:version=(v\\d)', answer({ body: '<p>none</p>' }), ''],
  ])('%s', (how, given, identity) => {
    expect(readIdentity(parseIdentify(how), given)).toBe(identity);
    expect(parseIdentify(identifyText(parseIdentify(how)))).toEqual(parseIdentify(how));
  });
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

  test('nobody named: a usage error that shows what was seen', async () => {
    const wrong = ask([answer({ body: `<html>${'x'.repeat(1000)}` })], 'header:x-app');
    await expect(wrong).rejects.toMatchObject({ code: 'IDENTIFY_NO_MATCH', exitCode: 2, where: 'http://a/' });
    await expect(wrong).rejects.toThrow(
      /header:x-app\nseen: HTTP 200\n {2}headers: content-type, x-version\n {2}body \(1006 bytes\): <html>x{194} …$/,
    );
  });

  test('a redirect says where to', async () => {
    const moved = ask([answer({ status: 302, headers: { location: '/login' } })]);
    await expect(moved).rejects.toMatchObject({ exitCode: 2, hint: expect.stringContaining('/login') });
  });

  test('one 503 is for the verdict, five are an endpoint that fails', async () => {
    const broken = answer({ status: 503, headers: {} });
    expect(await ask([broken, broken, answer()])).toMatchObject({ identity: 'v2' });
    await expect(ask([broken])).rejects.toMatchObject({ code: 'ENDPOINT_FAILING', exitCode: 3 });
  });
});
