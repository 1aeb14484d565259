/**
 * Keys of an etcd over its JSON gateway (https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/) on a unix socket: before
 * there is an API server, and what no API server shows.
 */
import http from 'node:http';
import { environmentError } from '../../../harness/errors/harness-error.ts';

export interface EtcdEntry {
  readonly key: string;
  /** Bytes as the API server stored them. */
  readonly value: Buffer;
}

interface RangeAnswer {
  readonly kvs?: readonly { readonly key: string; readonly value?: string }[];
}

const ANSWER_MS = 10_000;
const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');
const bytes = (text: string): Buffer => Buffer.from(text, 'base64');

/** Every key below a prefix, of one revision. @throws HarnessError ETCD_REFUSED; an Error of the socket */
export async function readBelow(socket: string, prefix: string): Promise<readonly EtcdEntry[]> {
  const end = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
  const text = await ask(socket, '/v3/kv/range', { key: base64(prefix), range_end: base64(end) });
  const { kvs = [] } = JSON.parse(text) as RangeAnswer;
  return kvs.map(({ key, value = '' }) => ({ key: bytes(key).toString(), value: bytes(value) }));
}

/** @throws HarnessError ETCD_REFUSED; an Error of the socket */
export async function put(socket: string, { key, value }: EtcdEntry): Promise<void> {
  await ask(socket, '/v3/kv/put', { key: base64(key), value: base64(value) });
}

function ask(socketPath: string, path: string, body: unknown): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'localhost', 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(ANSWER_MS);
    const request = http.request({ socketPath, path, method: 'POST', headers, signal }, (response) => {
      const parts: Buffer[] = [];
      response
        .on('data', (part: Buffer) => parts.push(part))
        .once('error', reject)
        .once('end', () => {
          const text = Buffer.concat(parts).toString();
          if (response.statusCode === 200) resolve(text);
          else
            reject(
              environmentError('ETCD_REFUSED', `etcd answered ${response.statusCode}: ${text.slice(0, 200)}`, {
                where: path,
              }),
            );
        });
    });
    request.once('error', reject);
    request.end(JSON.stringify(body));
  });
}
