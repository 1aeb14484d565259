/**
 * How many requests a second of the server's own CPU time buys: `npm run bench -- stand-in [--upstreams N] [--http2]`.
 *
 * The service runs as a process of its own; its CPU time (all threads) is read before and after from its /metrics. Neither
 * the client nor a busy machine changes the figure much: it is requests / CPU seconds, not requests / seconds.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const CONNECTIONS = 32;
const WARM_UP_REQUESTS = 20_000;
const MEASURED_REQUESTS = 60_000;

interface Server {
  readonly process: ChildProcess;
  readonly origin: string;
}

async function startServer(name: string, environment: Readonly<Record<string, string>>): Promise<Server> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./main.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { SERVICE: name, VERSION: 'v1', PORT: '0', LISTEN_ADDRESS: '127.0.0.1', ...environment },
  });
  const [line] = await once(createInterface(child.stdout!), 'line');
  const { port } = JSON.parse(String(line));
  return { process: child, origin: `http://127.0.0.1:${port}` };
}

async function cpuSeconds({ origin }: Server): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  return Number(/^process_cpu_seconds_total\{.*\} (\S+)$/m.exec(text)?.[1]);
}

/** A bounded closed-loop client: CONNECTIONS requests are under way at any time; every answer must be a 200. */
async function send(one: () => Promise<number>, count: number): Promise<void> {
  let left = count;
  const worker = async () => {
    while (left-- > 0) {
      const status = await one();
      if (status !== 200) throw new Error(`the service answered ${status}`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
}

function http1Client(origin: string): { one: () => Promise<number>; close: () => void } {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const headers = { 'x-request-id': '7d5c1f6e-3d0f-4d4e-9a64-5a4c3f1f6f11', 'user-agent': 'bench' };
  const one = () =>
    new Promise<number>((resolve, reject) => {
      http
        .get(`${origin}/reviews/0`, { agent, headers }, (response) => {
          response.once('end', () => resolve(response.statusCode ?? 0)).resume();
        })
        .once('error', reject);
    });
  return { one, close: () => agent.destroy() };
}

function http2Client(origin: string): { one: () => Promise<number>; close: () => void } {
  const session = http2.connect(origin);
  const one = () =>
    new Promise<number>((resolve, reject) => {
      const stream = session.request({ ':path': '/reviews/0', 'x-request-id': 'bench', 'user-agent': 'bench' });
      let status = 0;
      stream.once('response', (headers) => {
        status = headers[':status'] ?? 0;
      });
      stream.once('end', () => resolve(status)).once('error', reject);
      stream.resume();
    });
  return { one, close: () => session.close() };
}

async function bench(upstreamCount: number, framed: boolean): Promise<void> {
  const leaves = await Promise.all(
    Array.from({ length: upstreamCount }, (_, index) => startServer(`leaf${index}`, {})),
  );
  const upstreams = leaves.map(({ origin }, index) => `leaf${index}=${origin}/ratings/0`).join(',');
  const server = await startServer('bench', { UPSTREAMS: upstreams });
  const client = framed ? http2Client(server.origin) : http1Client(server.origin);
  try {
    await send(client.one, WARM_UP_REQUESTS);
    const [cpuBefore, wallBefore] = [await cpuSeconds(server), performance.now()];
    await send(client.one, MEASURED_REQUESTS);
    const cpu = (await cpuSeconds(server)) - cpuBefore;
    const wall = (performance.now() - wallBefore) / 1000;
    console.log(
      `${framed ? 'HTTP/2' : 'HTTP/1.1'}, ${upstreamCount} upstreams: ${Math.round(MEASURED_REQUESTS / cpu)} requests per second of one core ` +
        `(${MEASURED_REQUESTS} requests, ${cpu.toFixed(2)} s of the server's CPU, ${wall.toFixed(2)} s of wall clock)`,
    );
  } finally {
    client.close();
    for (const { process: child } of [server, ...leaves]) child.kill('SIGKILL');
  }
}

const { values } = parseArgs({
  options: { upstreams: { type: 'string', default: '0' }, http2: { type: 'boolean', default: false } },
});
await bench(Number.parseInt(values.upstreams, 10) || 0, values.http2);
