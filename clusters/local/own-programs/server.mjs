// A service that knows nothing of canaryproof: it names its version in a header of its own.
import { createServer } from 'node:http';

createServer((_request, response) => {
  response.writeHead(200, { 'x-version': process.env.VERSION, 'content-type': 'application/json' });
  response.end(JSON.stringify({ version: process.env.VERSION, theirs: process.env.GREETING, folder: process.cwd() }));
}).listen(Number(process.env.PORT));
