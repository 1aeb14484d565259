/** A server on the loopback that answers every request at once, for the generator alone: nobody there can be slow but we. */
import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface FastPath extends AsyncDisposable {
  readonly url: string;
  /** Requests that came until now. */
  served(): number;
}

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const HEAD_END = '\r\n\r\n';

/** No parser: requests without a body end with an empty line, and nothing else of them matters here. */
export async function openFastPath(): Promise<FastPath> {
  let requests = 0;
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    let rest = '';
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // a generator that ends in the middle of a request is nobody's trouble
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      const parts = (rest + chunk.toString('latin1')).split(HEAD_END);
      // an end may come in two pieces, and of a head that goes on only its last bytes can matter
      rest = parts.at(-1)!.slice(-(HEAD_END.length - 1));
      if (parts.length === 1) return;
      requests += parts.length - 1;
      socket.write(ANSWER.repeat(parts.length - 1));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    served: () => requests,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
