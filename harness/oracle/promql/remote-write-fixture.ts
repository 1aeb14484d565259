/** Test support: series as a remote-write 1.0 body (prompb.WriteRequest in a snappy block of literals only). */
import type { Series } from './series.ts';

export function remoteWriteBody(series: readonly Series[]): Blob {
  const body = snappyLiterals(Buffer.concat(series.map((one) => field(1, timeSeries(one)))));
  return new Blob([new Uint8Array(body)]);
}

function timeSeries({ labels, points, staleAtMs = [] }: Series): Buffer {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  const samples = [
    ...points.map(([timeMs, value]) => ({ timeMs, bits: float64(value) })),
    ...staleAtMs.map((timeMs) => ({ timeMs, bits: STALE_MARKER })),
  ].sort((a, b) => a.timeMs - b.timeMs);
  return Buffer.concat([
    ...pairs.map(([name, value]) =>
      field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))])),
    ),
    ...samples.map(({ timeMs, bits }) =>
      field(2, Buffer.concat([Buffer.from([0x09]), bits, Buffer.from([0x10]), varint(timeMs)])),
    ),
  ]);
}

/** The NaN that means "this series ended" (model/value.StaleNaN), little endian. */
const STALE_MARKER = Buffer.from('020000000000f07f', 'hex');

function float64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  // The ordinary NaN of Prometheus, whatever bits this machine's NaN has.
  if (Number.isNaN(value)) bytes.writeBigUInt64LE(0x7ff8000000000001n);
  else bytes.writeDoubleLE(value);
  return bytes;
}

function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}

const LARGEST_LITERAL = 65_536;

function snappyLiterals(content: Buffer): Buffer {
  const parts = [varint(content.length)];
  for (let from = 0; from < content.length; from += LARGEST_LITERAL) {
    const literal = content.subarray(from, from + LARGEST_LITERAL);
    const header = Buffer.alloc(3);
    header[0] = 61 << 2; // a literal whose length - 1 follows in two bytes
    header.writeUInt16LE(literal.length - 1, 1);
    parts.push(header, literal);
  }
  return Buffer.concat(parts);
}
