/** Ports of the loopback address that lead to a port of a pod, through the API server. */
import net from 'node:net';
import { KubeConfig, PortForward } from '@kubernetes/client-node';

export interface ForwardedPort {
  readonly url: string;
  close(): void;
}

/**
 * Listens on a free port of 127.0.0.1. One WebSocket for each connection: it carries questions well and load badly, and
 * it goes to one pod, whatever a Service in front of it would do.
 */
export async function forwardToPod(
  kubeconfigPath: string,
  target: { readonly namespace: string; readonly pod: string; readonly port: number },
): Promise<ForwardedPort> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const forward = new PortForward(config);
  const server = net.createServer((client) => {
    client.setNoDelay(true);
    client.once('error', () => client.destroy());
    forward.portForward(target.namespace, target.pod, [target.port], client, null, client).then(
      (opened) => {
        const socket = typeof opened === 'function' ? opened() : opened;
        socket?.addEventListener('close', () => client.end());
        client.once('close', () => socket?.close());
      },
      () => client.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, resolve);
  });
  // a forwarded port alone keeps no command alive
  server.unref();
  const address = server.address() as net.AddressInfo;
  return { url: `http://127.0.0.1:${address.port}`, close: () => void server.close() };
}
