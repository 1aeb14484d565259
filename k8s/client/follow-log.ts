/** The log of a container as it is written. */
import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
import { fetch } from 'undici';
import { ApiError } from './api-request.ts';

/**
 * Hands over the bytes of a container's log, from its beginning until the container ends or the signal aborts.
 * @throws ApiError when the server refuses; whatever breaks the connection
 */
export async function followLog(
  kubeconfigPath: string,
  target: { readonly namespace: string; readonly pod: string; readonly container: string },
  onBytes: (bytes: Uint8Array) => void,
  signal: AbortSignal,
): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const server = config.getCurrentCluster()?.server ?? '';
  const { namespace, pod, container } = target;
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log?container=${container}&follow=true`;
  const context = new RequestContext(server + path, HttpMethod.GET);
  await config.applySecurityAuthentication(context);
  const dispatcher = context.getDispatcher();
  const response = await fetch(server + path, {
    headers: context.getHeaders(),
    signal,
    ...(dispatcher === undefined ? {} : { dispatcher }),
  });
  if (!response.ok) throw new ApiError(response.status, `log of ${namespace}/${pod}: ${response.status}`);
  for await (const chunk of response.body ?? []) onBytes(chunk as Uint8Array);
}
