/** One request to the API server, as the kubeconfig says who asks; and the error that it answers with. */
import { HttpMethod, type KubeConfig, RequestContext } from '@kubernetes/client-node';
import { fetch } from 'undici';

export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

export interface ApiRequestOptions {
  /** Sent as JSON; always with a `contentType`. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

/** The text of the answer. @throws ApiError on any status but 2xx, with the server's own message */
export type ApiRequest = (method: string, path: string, options?: ApiRequestOptions) => Promise<string>;

export function createApiRequest(config: KubeConfig): ApiRequest {
  const server = config.getCurrentCluster()?.server ?? '';
  return async (method, path, { body, contentType, signal } = {}) => {
    const context = new RequestContext(server + path, HttpMethod.GET);
    await config.applySecurityAuthentication(context);
    const dispatcher = context.getDispatcher();
    const response = await fetch(server + path, {
      method,
      headers: { ...context.getHeaders(), ...(contentType === undefined ? {} : { 'content-type': contentType }) },
      ...(dispatcher === undefined ? {} : { dispatcher }),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    const text = await response.text();
    if (!response.ok) throw new ApiError(response.status, `${method} ${path}: ${response.status} ${apiMessage(text)}`);
    return text;
  };
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
