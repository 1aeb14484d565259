import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { renderRunReportJson } from '../../../reports/model/read-run-report.ts';
import { sampleReport } from '../../../reports/model/samples/sample-report.ts';
import { watch } from './watch.ts';

let runs: string;
let stop: AbortController;
let ticks: (() => void)[];
beforeEach(async () => {
  runs = await mkdtemp(path.join(tmpdir(), 'watch-'));
  stop = new AbortController();
  ticks = [];
});
afterEach(async () => {
  stop.abort();
  await rm(runs, { recursive: true });
});

const record = (id: string) =>
  JSON.stringify({ schemaVersion: '1', id, kind: 'conform', startedAt: 1, command: ['canaryproof'], state: 'running' });

async function started(request: { readonly latest?: true } = {}) {
  const directory = path.join(runs, '20260102-030405-678-9abcde');
  await mkdir(directory);
  await writeFile(path.join(directory, 'run.json'), record('20260102-030405-678-9abcde'));
  let over: Promise<void> = Promise.resolve();
  const told = await new Promise<{ url: string; runDirectory: string }>((resolve, reject) => {
    const world = {
      now: () => 5_000,
      every: (_: number, callback: () => void) => {
        ticks.push(callback);
        return () => undefined;
      },
      interruption: { signal: stop.signal, exitCode: () => undefined },
    };
    const runDirectory = request.latest ? undefined : directory;
    over = watch(world, { runDirectory, runsDirectory: runs, port: 0 }, resolve);
    over.catch(reject);
  });
  return { ...told, directory, over };
}
const line = (id: string, state: string) =>
  `${JSON.stringify({ type: 'claim', atMs: 2_000, claim: { id, title: `title of ${id}`, state } })}\n`;

test('serves what is known, sends what is new, and the report when it is there', async () => {
  const { url, directory, over } = await started();
  await appendFile(path.join(directory, 'events.jsonl'), `${line('b/one', 'running')}{"type":"half`);
  const page = await fetch(url);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('title of b/one');
  const stream = (await fetch(`${url}events`)).body!.pipeThrough(new TextDecoderStream()).getReader();
  expect((await stream.read()).value).toContain('watching');
  await appendFile(path.join(directory, 'events.jsonl'), `written"}\n${line('b/two', 'running')}`);
  for (const tick of ticks) tick();
  const update = (await stream.read()).value!;
  expect(update).toMatch(/^event: update\ndata: "/);
  expect(JSON.parse(update.split('data: ')[1]!)).toContain('title of b/two');
  await writeFile(path.join(directory, 'result.json'), renderRunReportJson(sampleReport('passed')));
  for (const tick of ticks) tick();
  expect((await stream.read()).value).toContain('event: finished');
  expect(await (await fetch(url)).text()).toContain('Declared against observed');
  stop.abort();
  await over;
  await expect(fetch(url)).rejects.toThrow();
});

test('takes the newest run for --latest', async () => {
  await mkdir(path.join(runs, '20250101-000000-000-aaaaaa'));
  const { runDirectory } = await started({ latest: true });
  expect(path.basename(runDirectory)).toBe('20260102-030405-678-9abcde');
});

test('answers nobody who comes by another name, other paths, or another method', async () => {
  const { url } = await started();
  const { port } = new URL(url);
  const { request } = await import('node:http');
  const status = (options: object) =>
    new Promise<number | undefined>((resolve) => {
      request({ host: '127.0.0.1', port, ...options }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
  expect(await status({ headers: { host: 'evil.example' } })).toBe(403);
  expect(await status({ path: '/../../etc/passwd' })).toBe(404);
  expect(await status({ method: 'POST' })).toBe(403);
});

test('refuses a directory that is no run, and a folder without one', async () => {
  const world = {
    now: () => 0,
    every: () => () => undefined,
    interruption: { signal: stop.signal, exitCode: () => undefined },
  };
  const none = { runDirectory: undefined, runsDirectory: runs, port: 0 };
  await expect(watch(world, none, () => undefined)).rejects.toMatchObject({ code: 'RUN_DIRECTORY_MISSING' });
  const other = { ...none, runDirectory: runs };
  await expect(watch(world, other, () => undefined)).rejects.toMatchObject({ code: 'RUN_DIRECTORY_MISSING' });
});
