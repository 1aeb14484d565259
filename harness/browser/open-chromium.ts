/** The adapter behind `OpenBrowser`: a Chromium of this machine, headless, driven over its own pipe. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as after } from 'node:timers/promises';
import { execa } from 'execa';
import type { OpenBrowser, PageBrowser } from '../ports/browser.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { failed, openDebugPipe } from './debug-pipe.ts';
import { findBrowser } from './find-browser.ts';
import { loadPage } from './load-page.ts';

const START_MS = 30_000;
const CLOSE_MS = 5_000;
/** The time, updates and lists that a whole Chromium asks for, whatever is switched off. */
const OWN_SERVICES = ['*.google.com', '*.googleapis.com', '*.gvt1.com'];

/** @param environment PATH, and CANARYPROOF_BROWSER where it is elsewhere */
export function createOpenBrowser(environment: Readonly<Record<string, string | undefined>>): OpenBrowser {
  return (address) => openChromium(findBrowser(environment), address, environment.PATH ?? '');
}

async function openChromium(program: string, address: string, searchPath: string): Promise<PageBrowser> {
  const folder = await mkdtemp(path.join(tmpdir(), 'canaryproof-browser-'));
  const child = execa(program, argumentsFor(folder, address), {
    reject: false,
    buffer: false,
    // a proxy that the caller's variables name would be asked for pages, under their real names
    extendEnv: false,
    env: { PATH: searchPath, HOME: folder },
    // a Ctrl-C at the terminal is the harness's to act on
    detached: true,
    cleanup: true,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2_000);
  });
  const pipe = openDebugPipe(child.stdio[3] as unknown as Writable, child.stdio[4] as unknown as Readable);
  const ended = child.then((result) => {
    pipe.end(`${program} ended (${result.code ?? result.signal ?? result.exitCode}): ${lastLine(said)}`);
  });
  const close = async () => {
    await Promise.race([pipe.ask('Browser.close').catch(() => undefined), after(CLOSE_MS)]);
    await Promise.race([ended, after(CLOSE_MS)]);
    child.kill('SIGKILL');
    await ended;
    await removeOwnTree(folder);
  };
  try {
    const { product } = await within(START_MS, pipe.ask('Browser.getVersion'), `${program} did not start`);
    return {
      version: String(product),
      // a browser that stands still answers nothing at all
      load: (request, signal) =>
        within(request.timeoutMs + CLOSE_MS, loadPage(pipe, request, signal), `${program} did not answer`),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function argumentsFor(folder: string, address: string): string[] {
  return [
    '--headless',
    '--remote-debugging-pipe',
    `--user-data-dir=${folder}`,
    // every name leads to the subject, but for those that it asks of its own accord
    `--host-resolver-rules=${[...OWN_SERVICES.map((host) => `MAP ${host} ~NOTFOUND`), `MAP * ${address}`].join(',')}`,
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-extensions',
    '--disable-sync',
    '--mute-audio',
    '--window-size=640,400',
    // its own sandbox needs a user that is not root; every page here is the profile's own
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    'about:blank',
  ];
}

async function within<T>(ms: number, work: Promise<T>, otherwise: string): Promise<T> {
  const late = new AbortController();
  try {
    return await Promise.race([
      work,
      after(ms, undefined, { signal: late.signal }).then(() => {
        throw failed(`${otherwise} within ${ms / 1000} s`);
      }),
    ]);
  } finally {
    late.abort();
  }
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';
