/**
 * The chain of receivers behind one response, as carried by the header `x-canaryproof-hops`.
 *
 *   hops    = [ hop *( ";" hop ) ]
 *   hop     = service "=" version "@" pod
 *   service = 1*char        version = *char        pod = *char
 *   char    = ALPHA / DIGIT / "-" / "_" / "." / "!" / "~" / "*" / "'" / "(" / ")" / "%" HEXDIG HEXDIG
 *
 * Everything else, above all `;`, `=`, `@`, `%` and white space, is written as percent-encoded UTF-8; lone surrogates
 * become U+FFFD first. Order: the answering service, then the whole chain of its first upstream, of its second, …
 *
 * Four forms are not receivers (they have no pod):
 * - `reviews=error@`: the call to `reviews` failed (no answer, timeout, or a status that is not a success). When
 *   the upstream did answer and named itself, its own chain stands before the mark.
 * - `reviews=slow@`, behind the receiver's own hop: it held this answer back on purpose. Who measures from outside cannot
 *   tell that from a stall.
 * - `reviews=@`: `reviews` answered well but did not name itself (it is not a stand-in).
 * - `~checkout=on@`, behind the receiver's own hop: what it made of the flag `checkout` for whoever asked; `on`, `off`, or
 *   `unknown` where nobody has told it of flags yet. No service is called so, because its name begins with a letter or digit.
 */
import { invalidEvidenceError } from '../../harness/errors/harness-error.ts';

export const SERVICE_HEADER = 'x-canaryproof-service';
export const VERSION_HEADER = 'x-canaryproof-version';
export const POD_HEADER = 'x-canaryproof-pod';
export const HOPS_HEADER = 'x-canaryproof-hops';

const CHARS = String.raw`(?:[\w\-.!~*'()]|%[0-9A-Fa-f]{2})`;
const HOP = `${CHARS}+=${CHARS}*@${CHARS}*`;
const WHOLE_CHAIN = new RegExp(`^${HOP}(?:;${HOP})*$`);

export function formatHop(hop: Hop): string {
  return `${encode(hop.service)}=${encode(hop.version)}@${encode(hop.pod)}`;
}

export function formatHops(hops: readonly Hop[]): string {
  return hops.map(formatHop).join(';');
}

/** The mark of a failed call: no receiver can look like it, because every receiver has a pod name. */
export function failedHop(service: string): Hop {
  return { service, version: 'error', pod: '' };
}

/** The mark of an answer that was held back on purpose. */
export function delayedHop(service: string): Hop {
  return { service, version: 'slow', pod: '' };
}

/** Whether the receiver that calls itself `service` held the answer back on purpose; for many answers of one service. */
export function delayReader(service: string): (header: string) => boolean {
  const mark = `;${formatHop(delayedHop(service))}`;
  return (header) => header.endsWith(mark) || header.includes(`${mark};`);
}

/** Whether a call to `service` failed somewhere along the chain, whatever its caller made of that; for many answers. */
export function failureReader(service: string): (header: string) => boolean {
  const mark = `;${formatHop(failedHop(service))};`;
  return (header) => `;${header};`.includes(mark);
}

export type FlagState = 'on' | 'off' | 'unknown';

/** The mark of a flag that was evaluated for a request. */
export function flagHop(flag: string, state: FlagState): Hop {
  return { service: `~${flag}`, version: state, pod: '' };
}

/** What the answer says of a flag, by whoever evaluated it first; undefined: nobody did. For many answers. */
export function flagReader(flag: string): (header: string) => FlagState | undefined {
  const marks = (['on', 'off', 'unknown'] as const).map(
    (state) => [state, `;${formatHop(flagHop(flag, state))};`] as const,
  );
  return (header) => {
    let found: { readonly state: FlagState; readonly at: number } | undefined;
    for (const [state, mark] of marks) {
      const at = `;${header};`.indexOf(mark);
      if (at >= 0 && (found === undefined || at < found.at)) found = { state, at };
    }
    return found?.state;
  };
}

export function unnamedHop(service: string): Hop {
  return { service, version: '', pod: '' };
}

/** Whether the text follows the grammar (an empty chain is none); percent-encoded bytes are not decoded. */
export function isHopChain(header: string): boolean {
  return WHOLE_CHAIN.test(header);
}

/**
 * @param header the header's value; empty or absent gives no hops.
 * @throws HarnessError HOPS_MALFORMED (exit 5) when the text does not follow the grammar.
 */
export function parseHops(header: string | undefined): Hop[] {
  if (header === undefined || header === '') return [];
  if (!isHopChain(header)) throw malformed(header);
  return header.split(';').map((hop) => {
    const equals = hop.indexOf('=');
    const at = hop.indexOf('@', equals);
    try {
      return {
        service: decodeURIComponent(hop.slice(0, equals)),
        version: decodeURIComponent(hop.slice(equals + 1, at)),
        pod: decodeURIComponent(hop.slice(at + 1)),
      };
    } catch (cause) {
      throw malformed(header, cause);
    }
  });
}

/** The first receiver that calls itself `service`; marks of failure and unnamed answers are not receivers. */
export function receiverOf(hops: readonly Hop[], service: string): Hop | undefined {
  return hops.find((hop) => hop.service === service && hop.pod !== '');
}

/** Services whose call failed somewhere along the chain, in order, repeats kept. */
export function failedServices(hops: readonly Hop[]): string[] {
  return hops.filter((hop) => hop.version === 'error' && hop.pod === '').map((hop) => hop.service);
}

/** What stays as it is, as nearly every name does, and this is asked for each answer. */
const PLAIN = /^[\w\-.]*$/;

function encode(text: string): string {
  return PLAIN.test(text) ? text : encodeURIComponent(text.toWellFormed());
}

function malformed(header: string, cause?: unknown) {
  const shown = header.length > 200 ? `${header.slice(0, 200)}…` : header;
  return invalidEvidenceError('HOPS_MALFORMED', `not a chain of hops: ${JSON.stringify(shown)}`, {
    where: HOPS_HEADER,
    hint: 'Expected service=version@pod;service=version@pod…; was the header written by something else, or doubled?',
    cause,
  });
}

export interface Hop {
  readonly service: string;
  readonly version: string;
  readonly pod: string;
}
