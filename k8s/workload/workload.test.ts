import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { startForTest } from './start-for-tests.ts';

const LONG_MS = 60_000;

describe('drain', () => {
  it('turns not ready at once, but serves on and asks clients to leave', async () => {
    const { origin, stop } = await startForTest();
    expect((await fetch(`${origin}/readyz`)).status).toBe(200);
    const stopped = stop(200, LONG_MS);
    const ready = await fetch(`${origin}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ state: 'draining', version: 'v3' });
    expect((await fetch(`${origin}/healthz`)).status).toBe(200);
    const traffic = await fetch(origin);
    expect([traffic.status, traffic.headers.get('connection')]).toEqual([200, 'close']);
    expect(await stopped).toBe(0);
    await expect(fetch(origin)).rejects.toThrow();
  });

  it('ends idle connections and lets running requests finish, on both protocols', async () => {
    const { origin, port, stop } = await startForTest({ BEHAVIOUR: '{"latencyMs":150}' });
    const silent = net.connect(port, '127.0.0.1');
    const agent = new http.Agent({ keepAlive: true });
    const [idle] = await once(http.get(`${origin}/healthz`, { agent }), 'response');
    idle.resume();
    const session = http2.connect(origin);
    await once(session, 'remoteSettings');
    const running = fetch(origin);
    const stream = session.request({ ':path': '/x' });
    const framed = once(stream, 'response');
    await expect
      .poll(async () => /requests_in_flight\{.*\} (\d+)/.exec(await (await fetch(`${origin}/metrics`)).text())?.[1])
      .toBe('2');
    const [ended, closed] = [once(idle.socket, 'close'), once(silent, 'close')];
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

  it('loses no request of clients that keep asking until it is gone', async () => {
    const { origin, stop } = await startForTest();
    const agent = new http.Agent({ keepAlive: true });
    let answered = 0;
    const refused: string[] = [];
    const other: string[] = [];
    let going = true;
    const client = async () => {
      while (going) {
        const request = http.get(origin, { agent });
        try {
          const [response] = await once(request, 'response');
          response.resume();
          await once(response, 'end');
          answered++;
        } catch (error) {
          const code = String((error as NodeJS.ErrnoException).code);
          (code === 'ECONNREFUSED' ? refused : other).push(code);
          going = false;
        }
      }
    };
    const clients = Promise.all([client(), client(), client(), client()]);
    expect(await stop(150, LONG_MS)).toBe(0);
    await clients;
    expect(answered).toBeGreaterThan(50);
    expect(refused.length).toBeGreaterThan(0);
    // Between the last answer and the refusal a connection may still be made and closed unheard; never a cut answer.
    expect(other.filter((code) => code !== 'ECONNRESET')).toEqual([]);
    agent.destroy();
  });

  it('stops once however often it is asked', async () => {
    const { stop } = await startForTest();
    expect(await Promise.all([stop(10, 10), stop(0, 0)])).toEqual([0, 0]);
  });
});
