import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { bundleWorkload, type WorkloadBundle } from './bundle-workload.ts';

let folder: string;
let bundle: WorkloadBundle;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'canaryproof-workload-'));
  bundle = await bundleWorkload(path.join(folder, 'workload.mjs'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const SOURCE = fileURLToPath(new URL('./main.ts', import.meta.url));
const NAMED = { SERVICE: 'reviews', VERSION: 'v3', POD_NAME: 'pod-0', PORT: '0', LISTEN_ADDRESS: '127.0.0.1' };

function start(program: string, env: Record<string, string>): { child: ChildProcess; stderr: () => string } {
  const child = spawn(process.execPath, [program], { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  child.stderr?.on('data', (chunk) => {
    text += chunk;
  });
  return { child, stderr: () => text };
}

async function listening(child: ChildProcess): Promise<{ readonly port: number; readonly pod: string }> {
  const [line] = await once(createInterface(child.stdout!), 'line');
  return JSON.parse(String(line));
}

describe('main', () => {
  it('runs from one file in an empty folder: serves, drains on SIGTERM, exits 0', async () => {
    const { child, stderr } = start(bundle.file, { ...NAMED, DRAIN_MS: '150' });
    const exit = once(child, 'exit');
    const { port, pod } = await listening(child);
    expect(pod).toBe('pod-0');
    expect((await fetch(`http://127.0.0.1:${port}/reviews/0`)).headers.get('x-canaryproof-version')).toBe('v3');
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain('canaryproof_requests_total');
    child.kill('SIGTERM');
    await expect.poll(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(503);
    expect(await exit).toEqual([0, null]);
    expect(stderr()).toBe('');
  });

  it('ends at once on SIGINT and at the second signal', async () => {
    const interrupted = start(bundle.file, { ...NAMED, DRAIN_MS: '60000' });
    const first = once(interrupted.child, 'exit');
    await listening(interrupted.child);
    interrupted.child.kill('SIGINT');
    expect(await first).toEqual([0, null]);

    const impatient = start(bundle.file, { ...NAMED, DRAIN_MS: '60000' });
    const second = once(impatient.child, 'exit');
    const { port } = await listening(impatient.child);
    impatient.child.kill('SIGTERM');
    await expect.poll(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(503);
    impatient.child.kill('SIGTERM');
    expect(await second).toEqual([143, null]);
  });

  it('runs from its source too, and refuses a bad environment on one line with exit code 2', async () => {
    const { child, stderr } = start(SOURCE, { VERSION: 'v1', PORT: 'x' });
    expect(await once(child, 'close')).toEqual([2, null]);
    expect(stderr()).toMatch(/^canaryproof-workload: WORKLOAD_BAD_SETTINGS: SERVICE is not set; PORT must be .*\n$/);
  });

  it('refuses a taken port with exit code 3', async () => {
    const { child } = start(bundle.file, NAMED);
    const { port } = await listening(child);
    const second = start(bundle.file, { ...NAMED, PORT: String(port) });
    expect(await once(second.child, 'close')).toEqual([3, null]);
    expect(second.stderr()).toMatch(/^canaryproof-workload: WORKLOAD_CANNOT_LISTEN: .*EADDRINUSE.*\n$/);
  });

  it('is the same bytes every time, and names no folder of this machine', async () => {
    const again = await bundleWorkload(path.join(folder, 'again.mjs'));
    expect(again.sha256).toBe(bundle.sha256);
    const { readFile } = await import('node:fs/promises');
    expect(await readFile(bundle.file, 'utf8')).not.toContain(path.dirname(SOURCE));
  });
});
