import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../../harness/errors/harness-error.ts';
import { thorough } from '../../harness/testkit/runner/thorough.ts';
import { fullReport, hostileReport } from '../model/samples/hostile-report.ts';
import { sampleReport } from '../model/samples/sample-report.ts';
import { sampleRolloutReport } from '../model/samples/sample-rollout-report.ts';
import { renderMetrics } from './metrics-textfile.ts';
import { pushMetrics } from './push-metrics.ts';

async function gateway(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('metrics textfile', () => {
  test('outcome, shares, n and evidence carry their labels', async () => {
    const report = sampleReport('failed');
    const text = await renderMetrics(report);
    const common = 'subject="bookinfo",provider="local",kind="conform"';
    expect(text).toContain(`canaryproof_run_outcome{outcome="failed",${common}} 1\n`);
    expect(text).toContain(`canaryproof_run_outcome{outcome="passed",${common}} 0\n`);
    expect(text).toContain(
      `canaryproof_split_declared_ratio{split="reviews-90-10-mesh",path="mesh",arm="v3",${common}} 0.1\n`,
    );
    expect(text).toContain(
      `canaryproof_split_requests{split="reviews-90-10-mesh",path="mesh",${common}} ${report.splits[1]?.samples}\n`,
    );
    expect(text).toContain(`canaryproof_findings{severity="error",layer="xds",${common}} 1\n`);
    expect(text).toContain(`canaryproof_run_duration_seconds{${common}} 164.2\n`);
    expect(await renderMetrics(report)).toBe(text);
    for (const line of text.split('\n')) expect(line).toMatch(/^(#.*|[a-z_]+\{.*\} -?[\d.e+-]+|)$/);
  });

  test('books show what is missing', async () => {
    const text = await renderMetrics(sampleReport('invalid'));
    expect(text).toMatch(/canaryproof_books_missing_requests\{books="books-mesh",[^}]*\} 1312\n/);
  });

  thorough('boundary runs, oracle, propagation lag and lost requests', async () => {
    const text = await renderMetrics(sampleRolloutReport('failed'));
    const value = (start: string) =>
      text
        .split('\n')
        .find((line) => line.startsWith(`canaryproof_${start}`))
        ?.split('} ')[1];
    const boundary = 'claim="zero-downtime/rollback-error-rate",boundary="error-rate-inside"';
    expect(value(`boundary_outcome{${boundary},outcome="failed"`)).toBe('1');
    expect(value(`boundary_outcome{${boundary},outcome="passed"`)).toBe('0');
    expect(value(`boundary_oracle_agreements{${boundary}`)).toBe('7');
    expect(value(`boundary_measurements{${boundary}`)).toBe('8');
    expect(value('oracle_measurements{result="agrees"')).toBe('8');
    expect(value('oracle_measurements{result="differs"')).toBe('1');
    expect(value('oracle_measurements{result="not_asked"')).toBe('1');
    expect(value('propagation_lag_seconds{object="VirtualService shop/checkout",arm="canary",stage="proxies"')).toBe(
      '9.38',
    );
    expect(value('lost_requests{')).toBe('42');
    expect(
      value('rollback_event_seconds{rollback="checkout: 5 % errors in the canary at 50 % weight",event="aborted"'),
    ).toBe('33.18');
  });

  test('hostile labels cannot add lines', async () => {
    const names = (text: string) => text.split('\n').filter((line) => line.startsWith('canaryproof_')).length;
    const report = fullReport('failed');
    const hostile = await renderMetrics(hostileReport(report, '"} 1\nevil{a="\\'));
    expect(hostile).not.toMatch(/^evil/m);
    expect(names(hostile)).toBe(names(await renderMetrics(report)));
  });
});

describe('Pushgateway', () => {
  test('replaces the group of the subject with the textfile', async () => {
    let seen = { method: '', url: '', body: '' };
    await using target = await gateway((request, response) => {
      seen = { method: request.method ?? '', url: request.url ?? '', body: '' };
      request.on('data', (chunk: Buffer) => {
        seen.body += chunk.toString();
      });
      request.on('end', () => response.writeHead(202).end());
    });
    const report = sampleReport('passed');
    await pushMetrics(target.url, report);
    expect(seen).toMatchObject({ method: 'PUT', url: '/metrics/job/canaryproof/subject/bookinfo' });
    expect(seen.body.trimEnd()).toBe((await renderMetrics(report)).trimEnd());
  });

  test('a refusal is an environment error that keeps the reason and hides the password', async () => {
    await using target = await gateway((request, response) => {
      request.resume();
      response.writeHead(400).end('text format parsing error');
    });
    const secret = target.url.replace('http://', 'http://user:hunter2@');
    const push = pushMetrics(secret, sampleReport('passed'));
    await expect(push).rejects.toMatchObject({
      code: 'METRICS_PUSH_FAILED',
      exitCode: EXIT.environment,
      where: `${target.url}/`,
    });
    await expect(push).rejects.toThrow(/text format parsing error/);
    await expect(push).rejects.not.toThrow(/hunter2/);
  });

  test('a gateway that never answers is given up', async () => {
    await using target = await gateway((request) => request.resume());
    await expect(pushMetrics(target.url, sampleReport('passed'), { timeoutMs: 150 })).rejects.toMatchObject({
      code: 'METRICS_PUSH_FAILED',
    });
  });

  test('one that dribbles its answer is given up too', async () => {
    await using target = await gateway((request, response) => {
      request.resume();
      response.writeHead(200);
      const timer = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(timer));
    });
    await expect(pushMetrics(target.url, sampleReport('passed'), { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'METRICS_PUSH_FAILED',
    });
  });

  test('nobody listening', async () => {
    const target = await gateway(() => undefined);
    await target[Symbol.asyncDispose]();
    await expect(pushMetrics(target.url, sampleReport('passed'))).rejects.toMatchObject({
      code: 'METRICS_PUSH_FAILED',
    });
  });

  test.each(['nonsense', 'ftp://x', ''])('%j is no address', async (url) => {
    await expect(pushMetrics(url, sampleReport('passed'))).rejects.toMatchObject({
      code: 'METRICS_URL_INVALID',
      exitCode: EXIT.usage,
    });
  });
});
