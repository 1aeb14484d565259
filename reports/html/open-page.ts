/** For browser tests: a page in headless Chromium that reports everything it should not do. */
import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { removeOwnTree } from '../../harness/process/remove-own-tree.ts';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** undefined where no Chromium is installed; the tests are then skipped, and counted as such. */
export function findChromium(): string | undefined {
  return CANDIDATES.find((file) => existsSync(file));
}

export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('no Chromium found');
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  /** Dialogs, console messages, script errors, violations of the policy and requests beyond the file itself. */
  readonly incidents: readonly string[];
}

/** Opens the text as a file, the way people open a report. */
export async function openPage(
  browser: Browser,
  text: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const directory = await mkdtemp(path.join(tmpdir(), 'canaryproof-page-'));
  const file = path.join(directory, 'report.html');
  await writeFile(file, text);
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const incidents: string[] = [];
  const address = pathToFileURL(file).href;
  page.on('dialog', (dialog) => {
    incidents.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => incidents.push(`console ${message.text()}`));
  page.on('pageerror', (error) => incidents.push(`error ${error.message}`));
  page.on('request', (request) => {
    if (request.url() !== address) incidents.push(`request ${request.url()}`);
  });
  await page.goto(address);
  return {
    page,
    incidents,
    async [Symbol.asyncDispose]() {
      await context.close();
      await removeOwnTree(directory);
    },
  };
}
