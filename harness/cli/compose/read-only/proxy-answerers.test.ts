import { describe, expect, test } from 'vitest';
import type { Answerers } from '../../../answerers/answerers.ts';
import type { LoadRunner } from '../../../ports/load.ts';
import { namedProbe } from './proxy-answerers.ts';

const signal = new AbortController().signal;
const PLACE = { service: 'shop/cart', url: 'http://a/', context: 'dev' };

/** Logs that name `who`, and a watch of the pods that ends as told. */
function answerersOf(who: string, watching: Promise<unknown> = new Promise(() => undefined)): Answerers {
  const joined = (inner: LoadRunner): LoadRunner => ({
    run: (request, argv, onSample, over) =>
      inner.run({ ...request, marked: 'mark/' }, argv, (one) => onSample({ ...one, identity: who }), over),
  });
  return { joined, followed: new Set(['shop/cart-1']), watching, async [Symbol.asyncDispose]() {} };
}

function probeOf(status: number) {
  const agents: (string | undefined)[] = [];
  const probe = async (userAgent: string | undefined) => {
    agents.push(userAgent);
    return { status, headers: {}, body: '', durationMs: 3 };
  };
  return { agents, probe };
}

describe('the first answer', () => {
  test('is named by the logs, and those after it need not be', async () => {
    const { agents, probe } = probeOf(200);
    const ask = namedProbe(probe, answerersOf('v1'), PLACE, signal);
    expect(await ask()).toMatchObject({ status: 200, answerer: 'v1' });
    expect(await ask()).not.toHaveProperty('answerer');
    expect(agents).toEqual(['mark/0', undefined]);
  });

  test('without a line: no load, and what to do', async () => {
    const silent = namedProbe(probeOf(200).probe, answerersOf(''), PLACE, signal)();
    await expect(silent).rejects.toMatchObject({
      code: 'PROXY_LOG_SILENT',
      exitCode: 3,
      where: expect.stringContaining('dev, pods of shop/cart (1 ') as string,
      hint: expect.stringContaining('Telemetry') as string,
    });
  });

  test('of a server that fails is told by the preflight, and the next one is asked anew', async () => {
    const { agents, probe } = probeOf(503);
    const ask = namedProbe(probe, answerersOf(''), PLACE, signal);
    expect(await ask()).toMatchObject({ status: 503, answerer: '' });
    await ask();
    expect(agents).toEqual(['mark/0', 'mark/0']);
  });

  test('of a cluster that does not tell of its pods', async () => {
    const refused = answerersOf('', Promise.reject(new Error('pods is forbidden')));
    const never = () => new Promise<never>(() => undefined);
    await expect(namedProbe(never, refused, PLACE, signal)()).rejects.toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      hint: expect.stringContaining('pods/log') as string,
    });
  });
});
