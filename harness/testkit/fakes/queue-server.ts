/** An HTTP server on loopback whose capacity is known: one request after the other, each taking as long. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface QueueServer extends AsyncDisposable {
  readonly url: string;
}

/** @param serviceMs of one request: 1000 / serviceMs requests a second are answered, and not one more */
export async function startQueueServer(serviceMs: number): Promise<QueueServer> {
  const waiting: ServerResponse[] = [];
  let isWorking = false;
  const work = (): void => {
    const next = waiting.shift();
    isWorking = next !== undefined;
    if (next === undefined) return;
    setTimeout(() => {
      next.end('done');
      work();
    }, serviceMs);
  };
  const server = createServer((_request, response) => {
    waiting.push(response);
    if (!isWorking) work();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
