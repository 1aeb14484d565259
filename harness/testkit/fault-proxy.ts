/** Stands between a client and any API server, a real one included, and spoils answers of one verb on demand. */

import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { HttpMethod, type KubeConfig, RequestContext } from '@kubernetes/client-node';
import { fetch } from 'undici';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import type { AnswerText, AskedOf } from './strict-api-server.ts';

export const FAULTS = [403, 404, 409, 429, 503, 'reset', 'hang', 'truncated'] as const;
export type Fault = (typeof FAULTS)[number];

export interface PlannedFault {
  readonly method: string;
  readonly fault: Fault;
  /** Which of the requests of that verb, counted from 0 since the fault was planned. */
  readonly strikes: (index: number, url: string) => boolean;
}

export interface FaultProxy extends AsyncDisposable {
  readonly kubeconfig: string;
  /** How often the planned fault has struck. */
  readonly struck: number;
  plan(fault: PlannedFault | undefined): void;
}

/** The API server behind it. */
export type Upstream = (request: AskedOf) => AnswerText | Promise<AnswerText>;

/** @param config undefined security: a server that asks nobody who they are */
export function upstreamOf(config: KubeConfig): Upstream {
  const server = config.getCurrentCluster()?.server ?? '';
  return async ({ method, path: url, contentType, text }) => {
    const context = new RequestContext(server + url, HttpMethod.GET);
    await config.applySecurityAuthentication(context);
    const dispatcher = context.getDispatcher();
    const real = await fetch(server + url, {
      method,
      headers: { ...context.getHeaders(), ...(contentType === '' ? {} : { 'content-type': contentType }) },
      ...(dispatcher === undefined ? {} : { dispatcher }),
      ...(text === '' ? {} : { body: text }),
    });
    return { status: real.status, text: await real.text() };
  };
}

export async function startFaultProxy(upstream: Upstream): Promise<FaultProxy> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-proxy-'));
  let planned: PlannedFault | undefined;
  let seen = 0;
  let struck = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = 'GET', url = '/' } = request;
    const fault = planned?.method === method && planned.strikes(seen++, url) ? planned.fault : undefined;
    if (fault !== undefined) struck += 1;
    if (fault === 'hang') return;
    if (typeof fault === 'number') {
      const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: fault, message: `planned ${fault}` };
      response.writeHead(fault, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      return;
    }
    const contentType = request.headers['content-type'] ?? '';
    const real = await upstream({ method, path: url, contentType, text: Buffer.concat(chunks).toString() });
    const body = Buffer.from(real.text);
    // what was asked has been done, and nobody is told
    if (fault === 'reset') return void request.socket.destroy();
    response.writeHead(real.status, { 'content-type': 'application/json', 'content-length': body.length });
    if (fault !== 'truncated') return void response.end(body);
    response.write(body.subarray(0, body.length / 2), () => request.socket.destroy());
  }

  const http = createServer((request, response) => {
    answer(request, response).catch(() => request.socket.destroy());
  });
  // as kube-apiserver does; Node's five seconds may end a connection just when a stalled client uses it again
  http.keepAliveTimeout = 90_000;
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const kubeconfig = path.join(folder, 'config');
  const own = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  await writeFile(kubeconfig, plainKubeconfig(own, 'shared'));
  return {
    kubeconfig,
    get struck() {
      return struck;
    },
    plan(fault) {
      planned = fault;
      seen = 0;
      struck = 0;
    },
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await removeOwnTree(folder);
    },
  };
}

/** A kubeconfig of one context for a server that speaks plain HTTP. */
export function plainKubeconfig(server: string, name: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    // the client library speaks plain HTTP only to a cluster that is marked like this
    clusters: [{ name, cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name, user: { token: 'secret' } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}
