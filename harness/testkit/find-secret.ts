/** Looks for a secret in everything a run left, also where it was packed: gzip, base64, JSON and URL escapes. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { constants, gunzipSync } from 'node:zlib';

/** A source map holds a source that holds base64: so deep and no deeper. */
const DEPTH = 4;
const BASE64 = /[A-Za-z0-9+/_-]{8,}={0,2}/g;

/** `file: how it is packed` for each find; empty when there is none. */
export function findSecret(directory: string, secrets: readonly string[]): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .flatMap((file) => {
      const named = secrets.filter((secret) => file.includes(secret)).map((secret) => `${file}: ${secret} in its name`);
      return [...named, ...findInBytes(readFileSync(file), secrets).map((found) => `${file}: ${found}`)];
    });
}

/** Folders and files below, itself included, that others may read: reachable only where every folder above lets them. */
export function openToOthers(directory: string): string[] {
  return (statSync(directory).mode & 0o077) === 0 ? [] : [directory];
}

export function findInBytes(bytes: Uint8Array, secrets: readonly string[], depth = DEPTH): string[] {
  const buffer = Buffer.from(bytes);
  const text = buffer.toString('latin1');
  const found = [text, buffer.toString('utf8'), unescaped(text)].flatMap((view) =>
    secrets.filter((secret) => view.includes(secret)).map((secret) => `${secret} as it is`),
  );
  if (depth === 0) return [...new Set(found)];
  const unpacked = gunzipped(buffer);
  if (unpacked) found.push(...findInBytes(unpacked, secrets, depth - 1).map((inner) => `gzip: ${inner}`));
  for (const [word] of text.matchAll(BASE64)) {
    // where it begins inside a longer word nobody knows: each of four offsets
    for (let offset = 0; offset < 4; offset += 1) {
      const decoded = Buffer.from(word.slice(offset), 'base64');
      const inside = word.length > 32 ? findInBytes(decoded, secrets, depth - 1) : shallow(decoded, secrets);
      found.push(...inside.map((inner) => `base64: ${inner}`));
    }
  }
  return [...new Set(found)];
}

function shallow(bytes: Buffer, secrets: readonly string[]): string[] {
  const text = bytes.toString('latin1');
  return secrets.filter((secret) => text.includes(secret)).map((secret) => `${secret} as it is`);
}

/** JSON's and URLs' escapes taken out. */
function unescaped(text: string): string {
  return text
    .replace(/\\u([0-9a-fA-F]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/%([0-9a-fA-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/\\(["\\/])/g, '$1');
}

/** Undefined when it is no gzip; what can be read of one that was cut short. */
function gunzipped(buffer: Buffer): Buffer | undefined {
  if (buffer[0] !== 0x1f || buffer[1] !== 0x8b) return undefined;
  try {
    return gunzipSync(buffer, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return undefined;
  }
}
