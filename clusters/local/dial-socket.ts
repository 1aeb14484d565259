/**
 * The way from the host's loopback into a cluster's network namespace: a unix socket inside answers
 * `HOST PORT\n` by connecting there; the host side listens on 127.0.0.1 and asks for one fixed target per port.
 */
import { rm } from 'node:fs/promises';
import net from 'node:net';

const LONGEST_REQUEST = 256;

function join(a: net.Socket, b: net.Socket): void {
  a.pipe(b);
  b.pipe(a);
  const follow = (from: net.Socket, to: net.Socket): void => {
    from.once('error', () => to.destroy());
    from.once('close', () => {
      // ended in order: the other side still writes out what it was given, and then closes itself
      if (!from.readableEnded || !from.writableFinished) to.destroy();
    });
  };
  follow(a, b);
  follow(b, a);
}

/** Serves dial requests on `socketPath`; runs inside the cluster's network namespace. */
export async function serveDialSocket(socketPath: string): Promise<net.Server> {
  await rm(socketPath, { force: true });
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    let head = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf(10);
      if (end < 0) {
        if (head.length > LONGEST_REQUEST) client.destroy();
        return;
      }
      client.off('data', onData);
      client.pause();
      const request = /^(\S+) (\d{1,5})$/.exec(head.subarray(0, end).toString());
      const port = Number(request?.[2]);
      if (!request?.[1] || port > 65_535) return void client.destroy();
      const target = net.connect({ host: request[1], port, allowHalfOpen: true });
      const abandon = (): void => void target.destroy();
      client.once('close', abandon);
      target.setNoDelay(true);
      target.once('connect', () => {
        const rest = head.subarray(end + 1);
        if (rest.length > 0) target.write(rest);
        client.off('close', abandon);
        join(client, target);
      });
      target.once('error', () => client.destroy());
    };
    client.on('data', onData);
    client.once('error', () => client.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  return server;
}

/** Listens on a free port of 127.0.0.1 and forwards each connection to `host:port` behind the dial socket. */
export async function forwardLoopback(
  socketPath: string,
  target: { readonly host: string; readonly port: number },
  port = 0,
): Promise<net.Server> {
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    client.setNoDelay(true);
    const inside = net.connect({ path: socketPath, allowHalfOpen: true });
    inside.once('connect', () => {
      inside.write(`${target.host} ${target.port}\n`);
      join(client, inside);
    });
    inside.once('error', () => client.destroy());
    client.once('error', () => inside.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port }, resolve);
  });
  return server;
}

export function portOf(server: net.Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('not a TCP server');
  return address.port;
}
