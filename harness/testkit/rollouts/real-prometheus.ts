/** The real Prometheus (CANARYPROOF_PROMETHEUS) on 127.0.0.1, with samples that reach it by remote write at exact times. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { remoteWriteBody } from '../../oracle/promql/remote-write-fixture.ts';
import type { Series } from '../../oracle/promql/series.ts';
import { removeOwnTree } from '../../process/remove-own-tree.ts';

export interface RealPrometheus extends AsyncDisposable {
  readonly url: string;
  /** @throws Error with what it answered, when it does not take them */
  write(series: readonly Series[]): Promise<void>;
}

/** @throws TypeError without the variable; Error with the end of its log, when it ends before it is ready */
export async function startRealPrometheus(): Promise<RealPrometheus> {
  const program = process.env.CANARYPROOF_PROMETHEUS;
  if (program === undefined) throw new TypeError('set CANARYPROOF_PROMETHEUS to the path of a Prometheus 3.x program');
  const folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-prometheus-'));
  await writeFile(path.join(folder, 'prometheus.yml'), 'global: { evaluation_interval: 1m }\n');
  const port = await freePort();
  const child = spawn(
    program,
    [
      `--config.file=${path.join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${path.join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  await new Promise<void>((resolve, reject) => {
    let log = '';
    child.stderr!.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes('Server is ready to receive web requests')) resolve();
    });
    child.once('exit', () => reject(new Error(`Prometheus ended: ${log.slice(-2000)}`)));
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    async write(series) {
      const headers = { 'Content-Encoding': 'snappy', 'Content-Type': 'application/x-protobuf' };
      const answer = await fetch(`${url}/api/v1/write`, { method: 'POST', headers, body: remoteWriteBody(series) });
      if (answer.status !== 204) throw new Error(`Prometheus answered ${answer.status}: ${await answer.text()}`);
    },
    async [Symbol.asyncDispose]() {
      child.removeAllListeners('exit');
      child.kill('SIGTERM');
      await once(child, 'exit');
      await removeOwnTree(folder);
    },
  };
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  listener.close();
  await once(listener, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('no port');
  return address.port;
}
