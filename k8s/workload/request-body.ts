/** A small request body as text. */
import type { Readable } from 'node:stream';
import { usageError } from '../../harness/errors/harness-error.ts';

/**
 * @returns `undefined` when the client left before the end of the body.
 * @throws HarnessError WORKLOAD_BODY_TOO_LARGE (exit 2) as soon as it is longer than `maxBytes`; the rest is thrown away.
 */
export async function readBody(source: Readable, maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    source.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(chunk);
      else reject(usageError('WORKLOAD_BODY_TOO_LARGE', `the body is longer than ${maxBytes} bytes`));
    });
    source.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    source.once('error', () => resolve(undefined));
    source.once('close', () => resolve(undefined));
  });
}
