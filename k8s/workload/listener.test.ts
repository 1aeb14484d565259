import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TOKEN_HEADER } from './admin-port.ts';
import { startForTest, TEST_TOKEN } from './start-for-tests.ts';

/** Sends the pieces one after the other, each once the last has left, and returns all that came back until the end. */
async function raw(port: number, ...pieces: string[]): Promise<string> {
  const socket = net.connect(port, '127.0.0.1').setNoDelay(true);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  for (const piece of pieces) {
    await new Promise((resolve) => socket.write(piece, 'latin1', resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await once(socket, 'close');
  return text;
}

function connectFramed(origin: string) {
  const session = http2.connect(origin);
  onTestFinished(() => session.destroy());
  return session;
}

async function framed(session: http2.ClientHttp2Session, headers: http2.OutgoingHttpHeaders, body?: string) {
  const stream = session.request(headers, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  const [answer] = await once(stream, 'response');
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += chunk;
  return { status: answer[':status'], headers: answer, text };
}

describe('listener', () => {
  it('speaks HTTP/1.1 to a client that sends byte by byte, whatever its first letter', async () => {
    const { port } = await startForTest();
    for (const method of ['GET', 'POST', 'PUT', 'PROPFIND']) {
      const text = await raw(port, ...`${method} /x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
      expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(text).toContain(`"method":"${method}"`);
    }
  });

  it('answers pipelined requests that arrive with the first bytes, in order', async () => {
    const { port } = await startForTest();
    const one = (path: string, last = '') => `GET ${path} HTTP/1.1\r\nhost: a\r\n${last}\r\n`;
    const text = await raw(port, one('/1') + one('/2') + one('/3', 'connection: close\r\n'));
    expect([...text.matchAll(/"path":"(.*?)"/g)].map(([, path]) => path)).toEqual(['/1', '/2', '/3']);
  });

  it('speaks HTTP/2 with prior knowledge on the same port, many streams at once', async () => {
    const { origin } = await startForTest({ BEHAVIOUR: '{"errorShare":0.1}' });
    const session = connectFramed(origin);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, k) => framed(session, { ':path': `/reviews/${k}`, ':method': 'GET' })),
    );
    expect(answers.filter(({ status }) => status === 500)).toHaveLength(5);
    for (const { headers } of answers) expect(headers['x-canaryproof-hops']).toBe('reviews=v3@pod-0');
    expect(JSON.parse(answers[3]!.text)).toMatchObject({ path: '/reviews/3', method: 'GET', version: 'v3' });
  });

  it('understands an HTTP/2 preface that comes in pieces', async () => {
    const { port } = await startForTest();
    const socket = net.connect(port, '127.0.0.1').setNoDelay(true);
    onTestFinished(() => void socket.destroy());
    const emptySettings = '\0\0\0\x04\0\0\0\0\0';
    for (const byte of `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${emptySettings}`) {
      await new Promise((resolve) => socket.write(byte, 'latin1', resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const [answer] = await once(socket, 'data');
    // RFC 9113 §3.4 and §6.5: the first frame of a server is SETTINGS, type 4 in the fourth byte.
    expect(answer[3]).toBe(4);
  });

  it('takes HEAD and a body over HTTP/2, and a behaviour', async () => {
    const { origin, adminOrigin } = await startForTest();
    const session = connectFramed(origin);
    const head = await framed(session, { ':path': '/x', ':method': 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
    const unread = await framed(session, { ':path': '/x', ':method': 'POST' }, 'x'.repeat(300_000));
    expect(unread.status).toBe(200);
    const switching = { ':path': '/-/behaviour', ':method': 'POST', [TOKEN_HEADER]: TEST_TOKEN };
    const change = await framed(connectFramed(adminOrigin), switching, '{"errorShare":1}');
    expect(change.status).toBe(200);
    expect((await framed(session, { ':path': '/x' })).status).toBe(500);
  });

  it('survives streams and connections that are broken off', async () => {
    const { origin, port } = await startForTest({ BEHAVIOUR: '{"latencyMs":30}' });
    const session = connectFramed(origin);
    const stream = session.request({ ':path': '/x' });
    stream.on('error', () => undefined);
    await once(session, 'remoteSettings');
    stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
    const socket = net.connect(port, '127.0.0.1');
    socket.write('GET /x HTTP/1.1\r\nhost: a\r\n\r\n');
    await once(socket, 'connect');
    socket.resetAndDestroy();
    const silent = net.connect(port, '127.0.0.1');
    await once(silent, 'connect');
    silent.resetAndDestroy();
    await expect(fetch(origin).then((response) => response.status)).resolves.toBe(200);
    await expect
      .poll(async () => /requests_in_flight\{.*\} (\d+)/.exec(await (await fetch(`${origin}/metrics`)).text())?.[1])
      .toBe('0');
  });

  it.each([
    ['no request at all', 'HELLO\r\n\r\n', 400],
    ['a head that is too long', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(70_000)}\r\n\r\n`, 431],
  ])('names itself even to %s', async (_, text, status) => {
    const { port } = await startForTest();
    const answer = await raw(port, text);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain('\r\nx-canaryproof-version: v3\r\n');
    expect(answer).toContain('\r\nx-canaryproof-hops: reviews=v3@pod-0\r\n');
  });

  it('accepts a long chain of hops in a head', async () => {
    const { origin } = await startForTest();
    const response = await fetch(origin, { headers: { cookie: 'c'.repeat(50_000) } });
    expect(response.status).toBe(200);
  });

  it('says so when the port is taken', async () => {
    const { port } = await startForTest();
    await expect(startForTest({ PORT: String(port) })).rejects.toMatchObject({
      code: 'WORKLOAD_CANNOT_LISTEN',
      exitCode: 3,
    });
  });

  it('keeps a connection for the next request', async () => {
    const { origin } = await startForTest();
    const agent = new http.Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const reused: boolean[] = [];
    for (let k = 0; k < 3; k++) {
      const request = http.get(origin, { agent });
      const [response] = await once(request, 'response');
      response.resume();
      await once(response, 'end');
      reused.push(request.reusedSocket);
    }
    expect(reused).toEqual([false, true, true]);
  });
});
