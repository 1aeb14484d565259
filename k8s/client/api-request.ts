/** One request to the API server, as the kubeconfig says who asks; and the error that it answers with. */
import { HttpMethod, type KubeConfig, RequestContext } from '@kubernetes/client-node';
import { fetch, type RequestInit } from 'undici';
import { EXIT, environmentError, HarnessError } from '../../harness/errors/harness-error.ts';
import { pause } from './backoff.ts';

/** A request that is not answered within this time is not answered. Watches and logs have rules of their own. */
const ANSWER_MS = 60_000;
/** As client-go does it: a server that says 429 and when to come again has done nothing yet. */
const REPEATS = 10;
const LONGEST_PAUSE_MS = 10_000;

/** The server's own refusal. Where nobody expects it, it is the cluster's fault and not ours: exit 3. */
export class ApiError extends HarnessError {
  readonly status: number;
  constructor(status: number, message: string) {
    super('API_REFUSED', EXIT.environment, `the API server refused a request: ${message}`, {
      hint: HINTS[status] ?? HINT,
    });
    this.name = 'ApiError';
    this.status = status;
  }
}

const HINT = 'Look at the logs of the API server; `canaryproof status` says whether the cluster is whole.';
const HINTS: Readonly<Record<number, string>> = {
  401: 'The credentials of the kubeconfig are not accepted (any more).',
  403: 'The account of the kubeconfig lacks the permission that the message names.',
  409: 'Somebody else changed the object at the same time; run again.',
  504: 'The API server or its etcd is overloaded; run again when the machine is quiet.',
};

export interface ApiRequestOptions {
  /** Sent as JSON; always with a `contentType`. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

/**
 * The text of the answer.
 * @throws ApiError on any status but 2xx, with the server's own message; HarnessError API_UNREACHABLE when there is no
 *   answer, only a part of one, or none in time: then nobody knows whether a change was made
 */
export type ApiRequest = (method: string, path: string, options?: ApiRequestOptions) => Promise<string>;

export function createApiRequest(config: KubeConfig, answerMs = ANSWER_MS): ApiRequest {
  const server = config.getCurrentCluster()?.server ?? '';
  // a program that hands out credentials may hand out another client certificate the next time
  const { exec, authProvider } = config.getCurrentUser() ?? {};
  const keepsCertificate = exec === undefined && authProvider === undefined;
  let kept: ReturnType<RequestContext['getDispatcher']>;
  return async (method, path, { body, contentType, signal } = {}) => {
    const context = new RequestContext(server + path, HttpMethod.GET);
    await config.applySecurityAuthentication(context);
    // the library makes one for every request, and with it a connection and a handshake
    const dispatcher = (keepsCertificate ? kept : undefined) ?? context.getDispatcher();
    kept = dispatcher;
    const limits = () => ({
      signal: AbortSignal.any([AbortSignal.timeout(answerMs), ...(signal === undefined ? [] : [signal])]),
    });
    const init: RequestInit = {
      method,
      headers: { ...context.getHeaders(), ...(contentType === undefined ? {} : { 'content-type': contentType }) },
      ...(dispatcher === undefined ? {} : { dispatcher }),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      // no API server sends a change on to another one
      redirect: 'manual',
      ...limits(),
    };
    let answer = await exchange(server, path, init, signal);
    for (let left = REPEATS; answer.status === 429 && answer.retryAfterMs !== undefined && left > 0; left -= 1) {
      await pause(answer.retryAfterMs, signal);
      signal?.throwIfAborted();
      answer = await exchange(server, path, { ...init, ...limits() }, signal);
    }
    const { status, ok, text } = answer;
    if (!ok) throw new ApiError(status, `${method} ${path}: ${status} ${apiMessage(text)}`);
    return text;
  };
}

async function exchange(server: string, path: string, init: RequestInit, interrupted: AbortSignal | undefined) {
  try {
    const response = await fetch(server + path, init);
    const retryAfterSeconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    return {
      ...{ status: response.status, ok: response.ok, text: await response.text() },
      retryAfterMs: Number.isFinite(retryAfterSeconds)
        ? Math.min(retryAfterSeconds * 1000, LONGEST_PAUSE_MS)
        : undefined,
    };
  } catch (cause) {
    interrupted?.throwIfAborted();
    throw environmentError('API_UNREACHABLE', `the API server does not answer: ${rootCause(cause)}`, {
      where: server + path,
      hint: 'Is the cluster still there? `canaryproof status` says so; a loaded machine may need longer.',
      cause,
    });
  }
}

/** `fetch failed` alone tells nobody anything. */
function rootCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? rootCause(error.cause) : error.message;
}

/**
 * The object of a 200: an answer that a proxy cut off or made up must not pass for one.
 * @throws HarnessError API_ANSWER_BROKEN
 */
export function parseAnswer<T>(text: string, path: string, isWhole: (value: Partial<T>) => boolean): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // told below
  }
  if (typeof value === 'object' && value !== null && isWhole(value as Partial<T>)) return value as T;
  throw environmentError('API_ANSWER_BROKEN', 'the API server answered with something that is not what was asked for', {
    where: path,
    hint: 'Does something between here and the cluster change or cut answers? See what `kubectl get --raw` shows.',
  });
}

/** The message of a `Status` object, else the beginning of the text. */
function apiMessage(text: string): string {
  try {
    const status = JSON.parse(text) as { message?: string } | null;
    return status?.message ?? text.slice(0, 300);
  } catch {
    return text.slice(0, 300);
  }
}
