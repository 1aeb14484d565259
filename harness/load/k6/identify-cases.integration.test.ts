/** The table of answers through HTTP and the real k6 (CANARYPROOF_K6), with the reader of the scenarios. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { parseIdentify, scriptIdentify } from '../../documents/identify-kinds.ts';
import { packageRoot } from '../../process/package-root.ts';
import { IDENTIFY_CASES, serveIdentifyCases } from '../../testkit/identify-cases.ts';

const k6Path = process.env.CANARYPROOF_K6;
if (k6Path === undefined) throw new TypeError('set CANARYPROOF_K6 to the path of a k6 2.x program');

/** Asks for each case once, and prints whom the reader names. */
const SCRIPT = `
  import http from 'k6/http';
  import { receiverReader } from './receiver-identity.ts';
  export const options = { iterations: 1, vus: 1 };
  const readers = CASES.map(receiverReader);
  export default function () {
    readers.forEach((read, index) => {
      const response = http.get(__ENV.CASES_URL + '/' + index, { redirects: 0 });
      console.log(JSON.stringify([index, response.status, read(response)]));
    });
  }`;

test('k6 names whom the table names', async () => {
  const { url, server } = await serveIdentifyCases();
  const folder = mkdtempSync(path.join(tmpdir(), 'canaryproof-identify-'));
  try {
    const { outputFiles } = await build({
      stdin: { contents: SCRIPT, resolveDir: path.join(packageRoot(), 'scenarios/shared'), loader: 'ts' },
      bundle: true,
      write: false,
      format: 'esm',
      target: 'es2020',
      external: ['k6/*'],
      define: { CASES: JSON.stringify(IDENTIFY_CASES.map(({ identify }) => scriptIdentify(parseIdentify(identify)))) },
      tsconfigRaw: {},
    });
    const script = path.join(folder, 'cases.js');
    writeFileSync(script, outputFiles[0]!.text);
    const argv = ['run', '--quiet', '--no-usage-report', '--log-format=raw', '-e', `CASES_URL=${url}`, script];
    const { stderr } = await promisify(execFile)(k6Path, argv, { env: { ...process.env, K6_NO_SUMMARY: 'true' } });
    const lines = stderr.split('\n').filter((line) => line.startsWith('['));
    const named = lines.map((line) => JSON.parse(line) as [number, number, string]);
    const table = (who: (index: number) => unknown) =>
      IDENTIFY_CASES.map(({ identify, what }, index) => `${identify} | ${what} | ${String(who(index))}`);
    expect(named.map(([index, status]) => [index, status])).toEqual(IDENTIFY_CASES.map((_, index) => [index, 200]));
    expect(table((index) => named[index]?.[2])).toEqual(table((index) => IDENTIFY_CASES[index]!.is));
  } finally {
    rmSync(folder, { recursive: true });
    server.closeAllConnections();
    server.close();
  }
});
