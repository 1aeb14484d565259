/**
 * The line that a scenario writes for each request, and the other lines of the evidence channel:
 *
 *   cp1 <sequence> <startMs> <durationUs> <status> <errorCode> <vu> <identity> .
 *   cp1-options <k6's effective options as JSON>
 *   cp1-failure <errorCode> <text>
 *   cp1-summary <counts as JSON>
 *
 * Fields are decimal digits; `identity` is `=` and the URI-encoded name, or `!` when the receiver said something that
 * does not fit in a line. The closing ` .` tells a whole line from one that was cut short. The reader is
 * harness/load/evidence/evidence-line.ts.
 */
/** Encoded characters; a chain of some twenty hops fits, and the whole line stays one atomic write to a pipe (4096). */
export const MAX_IDENTITY_LENGTH = 2048;

/** `=name`, or `!` when the name is too long or is no well-formed text. */
function encodeIdentity(identity: string): string {
  if (identity.length > MAX_IDENTITY_LENGTH) return '!';
  try {
    const encoded = encodeURIComponent(identity);
    return encoded.length > MAX_IDENTITY_LENGTH ? '!' : `=${encoded}`;
  } catch {
    return '!'; // a lone surrogate
  }
}

/** Arms and hop chains repeat, so most names are encoded once; bounded, because a receiver may name itself anew each time. */
const MAX_REMEMBERED = 32;
const MAX_REMEMBERED_LENGTH = 512;
const remembered: Record<string, string> = Object.create(null) as Record<string, string>;
let rememberedCount = 0;

function rememberedIdentity(identity: string): string {
  const known = remembered[identity];
  if (known !== undefined) return known;
  const encoded = encodeIdentity(identity);
  if (rememberedCount < MAX_REMEMBERED && encoded.length <= MAX_REMEMBERED_LENGTH) {
    rememberedCount += 1;
    remembered[identity] = encoded;
  }
  return encoded;
}

/**
 * Positional, and not one object: in k6's interpreter the object costs more than the line.
 * @param durationUs whole microseconds
 */
export function formatObservation(
  sequence: number,
  startMs: number,
  durationUs: number,
  status: number,
  errorCode: number,
  vu: number,
  identity: string,
): string {
  return `cp1 ${sequence} ${startMs} ${durationUs} ${status} ${errorCode} ${vu} ${rememberedIdentity(identity)} .`;
}
