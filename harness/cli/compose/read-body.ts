/** The body of one answer, decompressed as k6 decompresses it under load: whether asked for or not. */
import type http from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import zlib from 'node:zlib';

/** An answer may be endless, and a small one may unpack to much; nobody names himself behind this. */
const MOST_BODY_BYTES = 4 * 1024 * 1024;

/** Source: k6, lib/netext/httpext/compression.go; several encodings at once, and names in capitals, are left as they are there, too. */
const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: () => zlib.createGunzip(),
  deflate: () => zlib.createInflate(),
  br: () => zlib.createBrotliDecompress(),
  zstd: () => zlib.createZstdDecompress(),
};

/** Empty when the body is not what its `content-encoding` says: k6 has none then, and counts the request as an error. */
export async function readBody(response: http.IncomingMessage): Promise<string> {
  const encoding = response.headers['content-encoding']?.trim() ?? '';
  const makeDecoder = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding] : undefined;
  if (makeDecoder === undefined) return readText(response);
  const decoder = makeDecoder();
  // its end, good or bad, shows where the decoder is read
  pipeline(response, decoder, () => undefined);
  try {
    return await readText(decoder);
  } catch (error) {
    if (response.errored !== null) throw response.errored;
    if (error instanceof Error && 'code' in error && /^(?:Z_|ERR__|ERR_BROTLI|ERR_ZSTD|ZSTD_)/.test(String(error.code)))
      return '';
    throw error;
  }
}

async function readText(source: Readable): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of source) {
    pieces.push(piece as Uint8Array);
    bytes += (piece as Uint8Array).byteLength;
    if (bytes >= MOST_BODY_BYTES) break;
  }
  return Buffer.concat(pieces).toString('utf8');
}
