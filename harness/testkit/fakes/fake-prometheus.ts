/** A Prometheus on 127.0.0.1 that answers what it is told to. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakePrometheus extends AsyncDisposable {
  readonly url: string;
  /** Every URL that was asked for. */
  readonly asked: URL[];
}

/** @param answer body of the answer to a query, as text or as JSON; called once for each */
export async function startFakePrometheus(answer: (url: URL) => unknown): Promise<FakePrometheus> {
  const asked: URL[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://prometheus');
    asked.push(url);
    const body = answer(url);
    if (body === undefined) return void request.socket.destroy();
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The answer to an instant query for requests by version. */
export function versionVector(counts: Readonly<Record<string, number>>, atSeconds = 1000) {
  const result = Object.entries(counts).map(([version, count]) => ({
    metric: { destination_version: version },
    value: [atSeconds, String(count)],
  }));
  return { status: 'success', data: { resultType: 'vector', result } };
}
