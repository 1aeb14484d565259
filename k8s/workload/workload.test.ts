import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { thorough } from '../../harness/testkit/runner/thorough.ts';
import { startForTest } from './start-for-tests.ts';

const LONG_MS = 60_000;

describe('drain', () => {
  it('turns not ready at once, but serves on', async () => {
    const { origin, stop } = await startForTest();
    expect((await fetch(`${origin}/readyz`)).status).toBe(200);
    const stopped = stop(200, LONG_MS);
    const ready = await fetch(`${origin}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ state: 'draining', version: 'v3' });
    expect((await fetch(`${origin}/healthz`)).status).toBe(200);
    expect((await fetch(origin)).status).toBe(200);
    expect(await stopped).toBe(0);
    await expect(fetch(origin)).rejects.toThrow();
  });

  it('asks each client to leave an old connection once, not with every answer', async () => {
    const { origin, stop } = await startForTest();
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const connections: (string | undefined)[] = [];
    const ask = async () => {
      const [response] = await once(http.get(origin, { agent }), 'response');
      response.resume();
      await once(response, 'end');
      connections.push(response.headers.connection);
    };
    await ask();
    const stopped = stop(900, LONG_MS);
    await ask();
    await expect
      .poll(
        async () => {
          await ask();
          return connections.includes('close');
        },
        { interval: 50, timeout: LONG_MS },
      )
      .toBe(true);
    await ask();
    expect(connections[0]).toBe('keep-alive');
    // also where a busy machine asks for a while after it
    expect(connections.filter((one) => one === 'close')).toHaveLength(1);
    agent.destroy();
    expect(await stopped).toBe(0);
  });

  it('ends idle connections and lets running requests finish, on both protocols', async () => {
    const { origin, port, stop } = await startForTest({ BEHAVIOUR: '{"latencyMs":1000}' });
    const silent = net.connect(port, '127.0.0.1');
    const agent = new http.Agent({ keepAlive: true });
    const [idle] = await once(http.get(`${origin}/healthz`, { agent }), 'response');
    const idleSocket = idle.socket;
    idle.resume();
    await once(idle, 'end');
    const session = http2.connect(origin);
    await once(session, 'remoteSettings');
    const running = fetch(origin);
    const stream = session.request({ ':path': '/x' });
    const framed = once(stream, 'response');
    await expect
      .poll(async () => /requests_in_flight\{.*\} (\d+)/.exec(await (await fetch(`${origin}/metrics`)).text())?.[1], {
        interval: 10,
        timeout: 20_000,
      })
      .toBe('2');
    const [ended, closed] = [once(idleSocket, 'close'), once(silent, 'close')];
    const stopped = stop(0, LONG_MS);
    await Promise.all([ended, closed]);
    stream.resume();
    expect((await running).status).toBe(200);
    const [answer] = await framed;
    expect(answer[':status']).toBe(200);
    expect(await stopped).toBe(0);
    agent.destroy();
    session.destroy();
  });

  it('cuts and counts what does not finish within the bound', async () => {
    const { origin, stop } = await startForTest({ BEHAVIOUR: `{"latencyMs":${LONG_MS}}` });
    const running = fetch(origin).then(
      () => 'answered',
      () => 'cut',
    );
    await expect
      .poll(async () => /requests_in_flight\{.*\} (\d+)/.exec(await (await fetch(`${origin}/metrics`)).text())?.[1])
      .toBe('1');
    expect(await stop(0, 20)).toBe(1);
    expect(await running).toBe('cut');
  });

  thorough('answers every request that it takes, of clients that keep asking until it is gone', async () => {
    const witness = await startForTest({ SERVICE: 'witness' });
    const { origin, stop } = await startForTest({ UPSTREAMS: `witness=${witness.origin}` });
    const agent = new http.Agent({ keepAlive: true });
    let answered = 0;
    const ends: string[] = [];
    const client = async () => {
      for (;;) {
        const request = http.get(origin, { agent });
        try {
          const [response] = await once(request, 'response');
          response.resume();
          await once(response, 'end');
          answered++;
        } catch (error) {
          ends.push(String((error as NodeJS.ErrnoException).code));
          return;
        }
      }
    };
    const clients = Promise.all([client(), client(), client(), client()]);
    await expect.poll(() => answered, { timeout: 20_000 }).toBeGreaterThan(4);
    expect(await stop(150, LONG_MS)).toBe(0);
    await clients;
    // The port closes at some moment, and a client may be in the middle of connecting: refused, or reset before it was heard.
    expect(ends).toHaveLength(4);
    expect(ends.filter((code) => code !== 'ECONNREFUSED' && code !== 'ECONNRESET')).toEqual([]);
    const books = await (await fetch(`${witness.adminOrigin}/-/behaviour`)).json();
    expect(books).toMatchObject({ requests: answered });
    agent.destroy();
  });

  it('stops once however often it is asked', async () => {
    const { stop } = await startForTest();
    expect(await Promise.all([stop(10, 10), stop(0, 0)])).toEqual([0, 0]);
  });
});
