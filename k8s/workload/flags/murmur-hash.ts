/**
 * MurmurHash3 (x86, 32 bits) as clients of Unleash use it: over the low byte of each UTF-16 unit, not over UTF-8. Their
 * users' buckets rest on that, so it is part of the standard whether it was meant or not.
 */
const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/** A whole number from 0 to 2^32 - 1. */
export function murmurHash32(text: string, seed = 0): number {
  const byteAt = (index: number) => text.charCodeAt(index) & 0xff;
  const tail = text.length % 4;
  const blocks = text.length - tail;
  let hash = seed;
  for (let at = 0; at < blocks; at += 4) {
    const block = byteAt(at) | (byteAt(at + 1) << 8) | (byteAt(at + 2) << 16) | (byteAt(at + 3) << 24);
    hash ^= scrambled(block);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  if (tail > 0) {
    let rest = 0;
    for (let index = tail - 1; index >= 0; index -= 1) rest = (rest << 8) | byteAt(blocks + index);
    hash ^= scrambled(rest);
  }
  hash ^= text.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scrambled(block: number): number {
  const mixed = Math.imul(block, C1);
  return Math.imul((mixed << 15) | (mixed >>> 17), C2);
}
