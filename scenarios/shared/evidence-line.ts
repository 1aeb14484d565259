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
export function encodeIdentity(identity: string): string {
  if (identity.length > MAX_IDENTITY_LENGTH) return '!';
  if (PLAIN.test(identity)) return `=${identity}`;
  try {
    const encoded = encodeURIComponent(identity);
    return encoded.length > MAX_IDENTITY_LENGTH ? '!' : `=${encoded}`;
  } catch {
    return '!'; // a lone surrogate
  }
}

export interface Observation {
  readonly sequence: number;
  readonly startMs: number;
  readonly durationUs: number;
  readonly status: number;
  readonly errorCode: number;
  readonly vu: number;
  readonly identity: string;
}

export function formatObservation(seen: Observation): string {
  return `cp1 ${seen.sequence} ${seen.startMs} ${seen.durationUs} ${seen.status} ${seen.errorCode} ${seen.vu} ${encodeIdentity(seen.identity)} .`;
}
