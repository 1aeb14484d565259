/**
 * The modules that a Go program was built from, as its linker wrote them into it (the format of Go's package
 * debug/buildinfo since Go 1.18: a magic word, flags, and two strings with their lengths before them).
 */
import { open } from 'node:fs/promises';

export interface GoModule {
  readonly path: string;
  readonly version: string;
  /** `h1:` and the base64 of a hash over the module's files, as in go.sum; absent for modules of the build itself. */
  readonly sum?: string;
}

const MAGIC = Buffer.from('\xff Go buildinf:', 'latin1');
/** The header is 16 bytes of magic and flags, padded to 32 before strings that are stored in place. */
const HEADER_BYTES = 32;
const FLAGS_AT = 15;
const INLINE_STRINGS = 0x2;
/** Before and after the text stand words of this length that mark it for the runtime. */
const SENTINEL_BYTES = 16;
const PIECE_BYTES = 4 * 1024 ** 2;
/** Longest that the text of a large program is, with room. */
const TEXT_BYTES = 1024 ** 2;

/** @returns undefined for what is no Go program, or one of another format */
export async function goModules(file: string): Promise<readonly GoModule[] | undefined> {
  const handle = await open(file, 'r');
  try {
    const piece = Buffer.alloc(PIECE_BYTES);
    // pieces overlap, so that a magic word across a border is found
    for (let at = 0; ; at += PIECE_BYTES - MAGIC.length) {
      const { bytesRead } = await handle.read(piece, 0, PIECE_BYTES, at);
      for (let found = -1; ; ) {
        found = piece.subarray(0, bytesRead).indexOf(MAGIC, found + 1);
        if (found < 0) break;
        const header = Buffer.alloc(HEADER_BYTES + TEXT_BYTES);
        const { bytesRead: length } = await handle.read(header, 0, header.length, at + found);
        const modules = parseBuildInfo(header.subarray(0, length));
        if (modules !== undefined) return modules;
      }
      if (bytesRead < PIECE_BYTES) return undefined;
    }
  } finally {
    await handle.close();
  }
}

function parseBuildInfo(block: Buffer): readonly GoModule[] | undefined {
  if (block.length <= HEADER_BYTES || ((block[FLAGS_AT] ?? 0) & INLINE_STRINGS) === 0) return undefined;
  const version = readString(block, HEADER_BYTES);
  const text = version && readString(block, version.end);
  if (!version?.bytes.toString('latin1').startsWith('go') || !text || text.bytes.length <= 2 * SENTINEL_BYTES)
    return undefined;
  const lines = text.bytes.subarray(SENTINEL_BYTES, -SENTINEL_BYTES).toString('utf8').split('\n');
  const modules: GoModule[] = [{ path: 'std', version: version.bytes.toString('latin1') }];
  for (const line of lines) {
    const [kind, path = '', moduleVersion = '', sum] = line.split('\t');
    const found = { path, version: moduleVersion, ...(sum ? { sum } : {}) };
    // what replaces a module stands in the line after it
    if (kind === '=>') modules[modules.length - 1] = found;
    else if (kind === 'dep' || kind === 'mod') modules.push(found);
  }
  return modules;
}

/** A length in Go's varint, then so many bytes. */
function readString(block: Buffer, at: number): { readonly bytes: Buffer; readonly end: number } | undefined {
  let length = 0;
  for (let index = 0; index < 5; index++) {
    const byte = block[at + index];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 2 ** (7 * index);
    if ((byte & 0x80) !== 0) continue;
    const start = at + index + 1;
    return start + length > block.length
      ? undefined
      : { bytes: block.subarray(start, start + length), end: start + length };
  }
  return undefined;
}
