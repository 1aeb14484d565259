/** Reads a stream piece by piece: one line first, then counted bytes. Holds one chunk at a time. */
import { LONGEST_INDEX_BYTES } from './bundle-format.ts';

export interface ByteReader {
  /** Up to the next line end, without it. */
  line(): Promise<string>;
  /** The next `count` bytes, in chunks. */
  take(count: number, chunkRead: (chunk: Uint8Array) => Promise<void>): Promise<void>;
}

/** @param failed makes the error for a stream that ends early or cannot be decompressed */
export function createByteReader(
  stream: AsyncIterable<Uint8Array>,
  failed: (why: string, cause?: unknown) => Error,
): ByteReader {
  const chunks = stream[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();

  const next = async (): Promise<Uint8Array> => {
    const got = await chunks.next().catch((cause: unknown) => {
      throw failed('it cannot be decompressed', cause);
    });
    if (got.done === true) throw failed('it ends before the last of its files');
    return got.value;
  };
  return {
    async line() {
      const parts: Uint8Array[] = [];
      let length = 0;
      for (;;) {
        const end = rest.indexOf(10);
        const part = end < 0 ? rest : rest.subarray(0, end);
        length += part.byteLength;
        if (length > LONGEST_INDEX_BYTES) throw failed('its index is longer than any index');
        parts.push(part);
        if (end >= 0) {
          rest = rest.subarray(end + 1);
          return Buffer.concat(parts).toString('utf8');
        }
        rest = await next();
      }
    },
    async take(count, chunkRead) {
      for (let left = count; left > 0; ) {
        if (rest.byteLength === 0) rest = await next();
        const part = rest.subarray(0, left);
        rest = rest.subarray(part.byteLength);
        left -= part.byteLength;
        await chunkRead(part);
      }
    },
  };
}
