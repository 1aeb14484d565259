import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { readSettings } from './settings.ts';
import { startWorkload } from './workload.ts';
it('x', async () => {
  const w = await startWorkload(readSettings({SERVICE:'a',VERSION:'b',PORT:'0',LISTEN_ADDRESS:'127.0.0.1',BEHAVIOUR:'{"latencyMs":150}'},'h'));
  const { port, stop } = w; const origin = `http://127.0.0.1:${port}`;
    const parts = (process.env.PARTS ?? '').split(',');
    if (parts.includes('silent')) net.connect(port, '127.0.0.1');
    const agent = new http.Agent({ keepAlive: true });
    if (parts.includes('idle')) { const [idle] = await once(http.get(`${origin}/healthz`, { agent }), 'response');
    idle.resume(); }
    const session = http2.connect(origin); session.on('error', (e) => console.log('session', e.message));
    await once(session, 'remoteSettings');
    if (parts.includes('fetch')) fetch(origin).catch(() => console.log('fetch'));
    if (parts.includes('stream')) {const stream = session.request({ ':path': '/x' }); stream.on('error', (e) => console.log('stream', e.message)); }
    await new Promise((r) => setTimeout(r, 60));
    const t = performance.now();
    console.log(parts, await Promise.race([stop(0, 0), new Promise((r) => setTimeout(r, 2000, 'HANG'))]), performance.now() - t, process.getActiveResourcesInfo().join());
});
