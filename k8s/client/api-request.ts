/** One request to the API server, as the kubeconfig says who asks; and the error that it answers with. */
import { HttpMethod, type KubeConfig, RequestContext } from '@kubernetes/client-node';
import { fetch, type RequestInit } from 'undici';
import { EXIT, environmentError, HarnessError } from '../../harness/errors/harness-error.ts';

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
 * @throws ApiError on any status but 2xx, with the server's own message; HarnessError API_UNREACHABLE
 */
export type ApiRequest = (method: string, path: string, options?: ApiRequestOptions) => Promise<string>;

export function createApiRequest(config: KubeConfig): ApiRequest {
  const server = config.getCurrentCluster()?.server ?? '';
  return async (method, path, { body, contentType, signal } = {}) => {
    const context = new RequestContext(server + path, HttpMethod.GET);
    await config.applySecurityAuthentication(context);
    const dispatcher = context.getDispatcher();
    const { status, ok, text } = await exchange(server, path, {
      method,
      headers: { ...context.getHeaders(), ...(contentType === undefined ? {} : { 'content-type': contentType }) },
      ...(dispatcher === undefined ? {} : { dispatcher }),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (!ok) throw new ApiError(status, `${method} ${path}: ${status} ${apiMessage(text)}`);
    return text;
  };
}

async function exchange(server: string, path: string, init: RequestInit) {
  try {
    const response = await fetch(server + path, init);
    return { status: response.status, ok: response.ok, text: await response.text() };
  } catch (cause) {
    init.signal?.throwIfAborted();
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

/** The message of a `Status` object, else the beginning of the text. */
function apiMessage(text: string): string {
  try {
    const status = JSON.parse(text) as { message?: string } | null;
    return status?.message ?? text.slice(0, 300);
  } catch {
    return text.slice(0, 300);
  }
}
