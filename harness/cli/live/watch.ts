/**
 * `watch`: serves the growing report of a run on loopback, and the finished one when it is there. Reads the run directory
 * and writes nothing. Server-sent events tell an open page that there is something new.
 *
 * @throws HarnessError RUN_DIRECTORY_MISSING (exit 2), WATCH_PORT_TAKEN (exit 3)
 */
import { readdir } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import { renderLiveBody, renderLivePage } from '../../../reports/html/live-page.ts';
import { renderHtmlReport } from '../../../reports/html/report-page.ts';
import { readRunReport } from '../../../reports/model/read-run-report.ts';
import { environmentError, usageError } from '../../errors/harness-error.ts';
import { readRegularFile } from '../../process/regular-file.ts';
import { RESULT_FILE, RUN_RECORD_FILE, runRecordSchema } from '../../run-directory/run-directory.ts';
import type { World } from '../world.ts';
import { followEvents } from './follow-events.ts';
import { livePage } from './live-report.ts';
import { createLiveFold } from './live-run.ts';

export interface WatchRequest {
  /** Absolute; undefined: the newest run below `runsDirectory`. */
  readonly runDirectory: string | undefined;
  readonly runsDirectory: string;
  /** 0: any that is free. */
  readonly port: number;
}

const LOOK_MS = 500;

/** Resolves when the world is interrupted. @param ready told once, when the page can be opened */
export async function watch(
  { every, now, interruption: { signal } }: Pick<World, 'every' | 'now' | 'interruption'>,
  request: WatchRequest,
  ready: (told: { readonly url: string; readonly runDirectory: string }) => void,
): Promise<void> {
  const directory = request.runDirectory ?? (await newestRun(request.runsDirectory));
  await recordOf(directory);
  const events = followEvents(path.join(directory, 'events.jsonl'));
  const fold = createLiveFold();
  const listeners = new Set<ServerResponse>();
  let told = '';

  // one reading at a time, or a line would be counted twice
  let reading: Promise<void> = Promise.resolve();
  const page = async () => {
    reading = reading.then(async () => {
      for (const event of await events.read()) fold.add(event);
    });
    await reading;
    return livePage(await recordOf(directory), fold.run, now());
  };
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (incoming.method !== 'GET' || !isLoopback(incoming.headers.host)) return refuse(response, 403);
    if (incoming.url === '/events') return listen(response, listeners);
    if (incoming.url !== '/') return refuse(response, 404);
    const finished = await readResult(directory);
    const text =
      finished === undefined ? renderLivePage(await page()) : renderHtmlReport(readRunReport(finished, directory));
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(text);
  };
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking || listeners.size === 0) return;
    looking = true;
    try {
      const finished = await readResult(directory);
      const data = finished === undefined ? JSON.stringify(renderLiveBody(await page())) : '';
      if (data === told && finished === undefined) return;
      told = data;
      const event = finished === undefined ? `event: update\ndata: ${data}\n\n` : 'event: finished\ndata: {}\n\n';
      for (const one of listeners) one.write(event);
    } finally {
      looking = false;
    }
  };

  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => (response.headersSent ? response.destroy() : refuse(response, 500)));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        environmentError('WATCH_PORT_TAKEN', `cannot listen on 127.0.0.1:${request.port}: ${error.message}`, {
          hint: 'Leave --port out, and any free one is taken.',
        }),
      ),
    );
    server.listen(request.port, '127.0.0.1', resolve);
  });
  // a page that is reloaded by hand shows what happened meanwhile anyway, so a failed look is made up for by the next one
  const stop = every(LOOK_MS, () => void look().catch(() => undefined));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : request.port;
  ready({ url: `http://127.0.0.1:${port}/`, runDirectory: directory });
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  stop();
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

/** A page of another site that resolves its name to us gets nothing. */
function isLoopback(host: string | undefined): boolean {
  return /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host ?? '');
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end();
}

function listen(response: ServerResponse, listeners: Set<ServerResponse>): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': watching\n\n');
  listeners.add(response);
  response.on('close', () => listeners.delete(response));
}

function readResult(directory: string): Promise<string | undefined> {
  return textIn(directory, RESULT_FILE);
}

/** The directory may be anybody's. */
function textIn(directory: string, name: string): Promise<string | undefined> {
  return readRegularFile(path.join(directory, name)).then(
    (bytes) => bytes.toString('utf8'),
    () => undefined,
  );
}

async function recordOf(directory: string) {
  const text = await textIn(directory, RUN_RECORD_FILE);
  const record = text === undefined ? undefined : runRecordSchema.safeParse(jsonOf(text)).data;
  if (record === undefined)
    throw usageError('RUN_DIRECTORY_MISSING', 'there is no such run directory', {
      where: directory,
      hint: 'Give the directory that a run names at its start, or --latest.',
    });
  const { id, command, startedAt, failure } = record;
  return { id, command, startedAt, ...(failure === undefined ? {} : { failure: failure.message }) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Names of runs begin with their time. */
async function newestRun(runsDirectory: string): Promise<string> {
  const entries = await readdir(runsDirectory, { withFileTypes: true }).catch(() => []);
  const runs = entries.filter((entry) => entry.isDirectory() && /^\d{8}-/.test(entry.name)).map(({ name }) => name);
  const newest = runs.toSorted().at(-1);
  if (newest === undefined)
    throw usageError('RUN_DIRECTORY_MISSING', 'there is no run yet', {
      where: runsDirectory,
      hint: 'Start one first, or name the folder with --runs.',
    });
  return path.join(runsDirectory, newest);
}
