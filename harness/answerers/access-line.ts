/**
 * One line of a proxy's access log: whose request it was, who answered it, and whether the proxy made the answer itself.
 * Read are the format that we ask for (answer-log.ts), which uses the names of Istio's JSON encoding, and Istio's own two
 * formats, so that a mesh whose access log is on already needs nothing of ours. Pure.
 */
import { markIn, type RequestMark } from '../documents/request-mark.ts';

export interface AccessLine {
  /** `receiver`: the proxy in front of the application; `caller`: whoever sent the request on to it. */
  readonly side: 'receiver' | 'caller';
  /** Undefined where the caller did not pass the User-Agent on. */
  readonly mark: RequestMark | undefined;
  /** `x-request-id`, as the proxies of one request share it; empty when there is none. */
  readonly requestId: string;
  /** As asked for, with its port if it had one. */
  readonly authority: string;
  /** 0 when nothing was sent back. */
  readonly status: number;
  /** Envoy's response flags, such as `UF,URX`; empty when there are none. */
  readonly flags: string;
  /** IP address of the endpoint that was asked last; undefined when none was. */
  readonly upstreamAddress: string | undefined;
}

/** The fields of a line, by the names of Istio's JSON encoding. */
interface Fields {
  readonly user_agent?: unknown;
  readonly request_id?: unknown;
  readonly authority?: unknown;
  readonly response_code?: unknown;
  readonly response_flags?: unknown;
  readonly upstream_host?: unknown;
  readonly upstream_cluster?: unknown;
}

/** Undefined for whatever else a proxy says, and for a line that was cut. */
export function parseAccessLine(text: string): AccessLine | undefined {
  const fields = text.startsWith('{') ? jsonFields(text) : text.startsWith('[') ? textFields(text) : undefined;
  if (fields === undefined) return undefined;
  const side = sideOf(textOf(fields.upstream_cluster));
  const status = Number(fields.response_code);
  if (side === undefined || !Number.isInteger(status)) return undefined;
  return {
    side,
    mark: markIn(textOf(fields.user_agent)),
    requestId: textOf(fields.request_id),
    authority: textOf(fields.authority),
    status,
    flags: textOf(fields.response_flags),
    upstreamAddress: addressOf(textOf(fields.upstream_host)),
  };
}

function jsonFields(text: string): Fields | undefined {
  try {
    const fields = JSON.parse(text) as Fields | null;
    return fields !== null && fields.response_code !== undefined ? fields : undefined;
  } catch {
    return undefined;
  }
}

/**
 * `[start] "METHOD PATH PROTOCOL" STATUS FLAGS … "failure" 0 0 0 0 "forwarded" "agent" "id" "authority" "upstream" CLUSTER …`.
 * Taken from its end, because a path may hold quotes, and nothing behind it does.
 */
function textFields(text: string): Fields | undefined {
  const parts = text.split('"');
  const from = parts.length - 13;
  if (from < 2) return undefined;
  const [response_code, response_flags] = (parts[from] ?? '').trim().split(' ');
  const [upstream_cluster] = (parts.at(-1) ?? '').trim().split(' ');
  return {
    ...{ response_code, response_flags, upstream_cluster },
    user_agent: parts.at(-8),
    request_id: parts.at(-6),
    authority: parts.at(-4),
    upstream_host: parts.at(-2),
  };
}

/** Istio names its clusters `inbound|8080||` and `outbound|80|subset|host`; a port that nobody declared passes through. */
function sideOf(cluster: string): AccessLine['side'] | undefined {
  if (cluster.startsWith('inbound|') || cluster.startsWith('InboundPassthrough')) return 'receiver';
  return cluster.startsWith('outbound|') || cluster === 'PassthroughCluster' ? 'caller' : undefined;
}

/** `-` and null stand for nothing. */
function textOf(value: unknown): string {
  return typeof value === 'string' && value !== '-' ? value : '';
}

/** `10.1.2.3:8080` or `[fd00::1]:8080`. */
function addressOf(upstream: string): string | undefined {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:]+)):\d+$/.exec(upstream) ?? [];
  return bracketed ?? plain;
}
