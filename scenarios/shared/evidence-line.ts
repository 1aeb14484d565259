/**
 * The line that a scenario writes for each request, and the other lines of the evidence channel:
 *
 *   cp1 <sequence> <startMs> <durationUs> <status> <errorCode> <vu> <identity> .
 *   cp1-options <k6's effective options as JSON>
 *   cp1-failure <errorCode> <text>
 *   cp1-summary <counts as JSON>
 *
 * Fields are decimal digits; `identity` is `=` and the encoded name, or `!` when the receiver said something that
 * does not fit in a line. The closing ` .` makes a line that was cut short tell itself from a whole one. The reader is
 * harness/load/evidence-line.ts.
 */
/** Encoded characters; a chain of some twenty hops fits, and the whole line stays one atomic write to a pipe (4096). */
export const MAX_IDENTITY_LENGTH = 2048;

/** Printable ASCII without blank and `%`: passes as it is. */
const PLAIN = /^[!-$&-~]*$/;

/** `=name`, or `!` when the name is too long or is no well-formed text. */
function encodeIdentity(identity: string): string {
  if (identity.length > MAX_IDENTITY_LENGTH) return '!';
  if (PLAIN.test(identity)) return `=${identity}`;
  try {
    const encoded = encodeURIComponent(identity);
    return encoded.length > MAX_IDENTITY_LENGTH ? '!' : `=${encoded}`;
  } catch {
    return '!'; // a lone surrogate
  }
}

/** Arms and hop chains repeat, so most names are encoded once; bounded, because a receiver may name itself anew each time. */
const MAX_REMEMBERED = 64;
const MAX_REMEMBERED_LENGTH = 512;
const remembered = new Map<string, string>();

function rememberedIdentity(identity: string): string {
  const known = remembered.get(identity);
  if (known !== undefined) return known;
  const encoded = encodeIdentity(identity);
  if (remembered.size < MAX_REMEMBERED && encoded.length < MAX_REMEMBERED_LENGTH) remembered.set(identity, encoded);
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
