/** The log of a container as it is written. */
import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
import { fetch } from 'undici';
import { ApiError } from './api-request.ts';

export interface LogTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** RFC 3339: older lines are left out. The server cuts it to whole seconds. */
  readonly sinceTime?: string;
}

/**
 * Hands over the bytes of a container's log, from its beginning until the container ends or the signal aborts.
 * @param context of the kubeconfig; default: its current one
 * @throws ApiError when the server refuses; whatever breaks the connection
 */
export async function followLog(
  kubeconfigPath: string,
  target: LogTarget,
  onBytes: (bytes: Uint8Array) => void,
  signal: AbortSignal,
  context?: string,
): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  if (context !== undefined) config.setCurrentContext(context);
  const server = config.getCurrentCluster()?.server ?? '';
  const { namespace, pod, container, sinceTime } = target;
  const since = sinceTime === undefined ? '' : `&sinceTime=${encodeURIComponent(sinceTime)}`;
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log?container=${container}&follow=true${since}`;
  const request = new RequestContext(server + path, HttpMethod.GET);
  await config.applySecurityAuthentication(request);
  const dispatcher = request.getDispatcher();
  const response = await fetch(server + path, {
    headers: request.getHeaders(),
    signal,
    ...(dispatcher === undefined ? {} : { dispatcher }),
  });
  if (!response.ok) throw new ApiError(response.status, `log of ${namespace}/${pod}: ${response.status}`);
  for await (const chunk of response.body ?? []) onBytes(chunk as Uint8Array);
}
