/**
 * What is answered, whatever the protocol underneath. Probes and `/metrics` are not traffic: they are neither counted nor
 * subject to injection. Nor is `/-/`, which does not exist here but on a port of its own (admin-service.ts): a route of
 * a profile must not lead to a switch for faults. Everything else is traffic.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Registry } from 'prom-client';
import type { Behaviour } from './behaviour.ts';
import type { FlagClient } from './flags/flag-client.ts';
import { HEALTH_CHECK, HEALTH_WATCH, isGrpc } from './grpc-answer.ts';
import { delayedHop, failedHop, formatHop } from './hops.ts';
import type { Identity } from './identity.ts';
import { notBefore } from './not-before.ts';
import type { RequestMetrics } from './request-metrics.ts';
import { DEPTH_HEADER, type UpstreamCalls, type UpstreamOutcome } from './upstream-calls.ts';

/** One request and the way to answer it. */
export interface Exchange {
  readonly method: string;
  /** Path and query as received. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** Whether the client has gone, so that nothing can be answered. */
  readonly abandoned: boolean;
  /** Sends the whole answer with the identity headers; called once. */
  reply(status: number, hops: string, body: string, contentType: string): void;
  /**
   * The body as text; `undefined` when the client left in the middle of it.
   * @throws HarnessError WORKLOAD_BODY_TOO_LARGE (exit 2).
   */
  readText(maxBytes: number): Promise<string | undefined>;
  /** Of gRPC's health protocol; absent where the protocol underneath carries no gRPC. */
  replyHealth?(isServing: boolean): void;
}

export interface ServiceParts {
  readonly identity: Identity;
  readonly behaviour: Behaviour;
  readonly metrics: RequestMetrics;
  readonly registry: Registry;
  readonly upstreams: UpstreamCalls;
  readonly onUpstreamFailure: 'fail' | 'degrade';
  /** Evaluates flags for whoever asks; undefined: none. */
  readonly flags?: Pick<FlagClient, 'marks'> | undefined;
  readonly isDraining: () => boolean;
}

const JSON_TYPE = 'application/json';
/** The kubelet's own probes, at whatever path a manifest names: they are not traffic and meet no injected fault. */
const KUBELET = /^kube-probe\//;
/** A chain of services this long is taken for a ring. */
const MAX_DEPTH = 12;

export function createService(parts: ServiceParts): (exchange: Exchange) => void {
  return (exchange) => {
    const { target } = exchange;
    const query = target.indexOf('?');
    const path = query < 0 ? target : target.slice(0, query);
    switch (path) {
      case '/health':
      case '/healthz':
        answer(parts, exchange, 200, '"state":"alive"');
        break;
      case '/readyz':
        if (parts.isDraining()) answer(parts, exchange, 503, '"state":"draining"');
        else answer(parts, exchange, 200, '"state":"ready"');
        break;
      case '/metrics':
        void answerMetrics(parts, exchange);
        break;
      case HEALTH_CHECK:
      case HEALTH_WATCH:
        if (exchange.replyHealth && isGrpc(exchange.headers['content-type'])) exchange.replyHealth(!parts.isDraining());
        else answerTraffic(parts, exchange);
        break;
      default:
        if (KUBELET.test(exchange.headers['user-agent'] ?? '')) answer(parts, exchange, 200, '"state":"alive"');
        else if (path.startsWith('/-/')) refuse(parts, exchange, 404, 'WORKLOAD_NO_SUCH_PATH', `there is no ${path}`);
        else answerTraffic(parts, exchange);
    }
  };
}

function answerTraffic(parts: ServiceParts, exchange: Exchange): void {
  const { behaviour, metrics, upstreams, identity, flags } = parts;
  const own = flags ? identity.hop + flags.marks(exchange.headers) : identity.hop;
  const arrivedMs = performance.now();
  metrics.inFlight++;
  behaviour.advance(arrivedMs);
  const { errorStatus, latencyMs, refused } = behaviour;
  const finish = (status: number, hops: string, details: string) => {
    if (latencyMs === 0) {
      conclude(parts, exchange, arrivedMs, status, hops, details);
      return;
    }
    const marked = `${identity.hop};${formatHop(delayedHop(identity.service))}${hops.slice(identity.hop.length)}`;
    notBefore(arrivedMs + latencyMs, () => conclude(parts, exchange, arrivedMs, status, marked, details));
  };
  const depth = 1 + (Number(exchange.headers[DEPTH_HEADER]) || 0);
  if (refused) {
    conclude(parts, exchange, arrivedMs, 503, own, ',"refused":true');
  } else if (errorStatus !== 0) {
    metrics.injectedErrors++;
    finish(errorStatus, own, ',"injected":true');
  } else if (upstreams.count === 0) {
    finish(200, own, '');
  } else if (depth > MAX_DEPTH) {
    finish(508, `${own};${formatHop(failedHop(identity.service))}`, ',"error":"the upstreams form a ring"');
  } else {
    void upstreams.callAll(exchange.headers, depth).then((outcomes) => answerWith(parts, own, outcomes, finish));
  }
}

function answerWith(
  { metrics, onUpstreamFailure }: ServiceParts,
  own: string,
  outcomes: readonly UpstreamOutcome[],
  finish: (status: number, hops: string, details: string) => void,
): void {
  let hops = own;
  let failed = false;
  for (const outcome of outcomes) {
    hops += `;${outcome.hops}`;
    if (!outcome.failed) continue;
    failed = true;
    metrics.upstreamFailed(outcome.name);
  }
  const summaries = JSON.stringify(outcomes.map(({ hops: _, ...summary }) => summary));
  const details = `${failed ? ',"degraded":true' : ''},"upstreams":${summaries}`;
  finish(failed && onUpstreamFailure === 'fail' ? 503 : 200, hops, details);
}

function conclude(
  parts: ServiceParts,
  exchange: Exchange,
  arrivedMs: number,
  status: number,
  hops: string,
  details: string,
): void {
  const { metrics, identity, behaviour } = parts;
  metrics.inFlight--;
  behaviour.finished();
  if (exchange.abandoned) {
    metrics.abandoned++;
    return;
  }
  const { headers } = exchange;
  const certificate = headers['x-forwarded-client-cert'];
  const requestId = headers['x-request-id'];
  const mesh = certificate === undefined ? '' : `,"forwardedClientCert":${JSON.stringify(certificate)}`;
  const id = requestId === undefined ? '' : `,"requestId":${JSON.stringify(requestId)}`;
  const asked = `"method":${JSON.stringify(exchange.method)},"path":${JSON.stringify(exchange.target)}`;
  const chain = JSON.stringify(hops);
  const body = `{${identity.json},"status":${status},${asked},"hops":${chain}${id}${mesh}${details}}\n`;
  exchange.reply(status, hops, body, JSON_TYPE);
  metrics.answered(status, performance.now() - arrivedMs);
}

export function answer(
  { identity }: Pick<ServiceParts, 'identity'>,
  exchange: Exchange,
  status: number,
  members: string,
): void {
  if (exchange.abandoned) return;
  exchange.reply(status, identity.hop, `{${identity.json},"status":${status},${members}}\n`, JSON_TYPE);
}

async function answerMetrics(parts: ServiceParts, exchange: Exchange): Promise<void> {
  const text = await parts.registry.metrics();
  if (!exchange.abandoned) exchange.reply(200, parts.identity.hop, text, parts.registry.contentType);
}

export function refuse(
  parts: Pick<ServiceParts, 'identity'>,
  exchange: Exchange,
  status: number,
  code: string,
  message: string,
): void {
  answer(parts, exchange, status, `"code":${JSON.stringify(code)},"message":${JSON.stringify(message)}`);
}
