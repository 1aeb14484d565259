import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { statusOfHost } from './ask-host.ts';

test('asks for the host that it is told, and an abort ends the wait for an answer', async () => {
  const over = new AbortController();
  const asked: (string | undefined)[] = [];
  const server = createServer(({ headers, url }, response) => {
    asked.push(headers.host);
    if (url === '/never') over.abort();
    else response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    expect(await statusOfHost(base, 'shop.test')).toBe(204);
    // longer than the test may take
    expect(await statusOfHost(base, 'shop.test', '/never', 600_000, over.signal)).toBe(0);
    expect(asked).toEqual(['shop.test', 'shop.test']);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
