/**
 * How a request says which one it is: at the end of its User-Agent, which proxies pass on, Istio's own formats of access
 * logs hold, and a gateway does not replace, as it does an `x-request-id` from outside. Pure.
 */

/** Of every load that the user gives no other. */
export const USER_AGENT = 'canaryproof (k6)';

const TOKEN = /(?:^| )canaryproof-request\/([a-z0-9]+)\.(\d+)$/;

export interface RequestMark {
  /** Of the load: lower-case letters and digits. */
  readonly load: string;
  /** k6's `iterationInTest`. */
  readonly sequence: number;
}

/** Everything before the number of the request. @param own what the client calls itself */
export function markedUserAgent(load: string, own: string = USER_AGENT): string {
  return `${own} canaryproof-request/${load}.`;
}

/** Undefined where the text ends with no mark of ours. */
export function markIn(userAgent: string): RequestMark | undefined {
  const [, load, digits] = TOKEN.exec(userAgent) ?? [];
  return load === undefined ? undefined : { load, sequence: Number(digits) };
}
