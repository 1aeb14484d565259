/** A small HTTP server as a program of its own: names itself v1 or v2 (every tenth request). Prints its port. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

let requests = 0;
const server = createServer((_, response) => {
  requests += 1;
  response.setHeader('x-version', requests % 10 === 0 ? 'v2' : 'v1');
  response.end('ok');
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: (server.address() as AddressInfo).port })));
