/** Who answers: the headers and the beginning of the body that every response carries, made once. */
import { formatHop, HOPS_HEADER, POD_HEADER, SERVICE_HEADER, VERSION_HEADER } from './hops.ts';

export interface Identity {
  readonly service: string;
  readonly version: string;
  readonly pod: string;
  /** Own entry of the chain. */
  readonly hop: string;
  /** Name, value, name, value… without the chain; encoded so that they are legal header values. */
  readonly headers: readonly string[];
  /** `"service":…,"version":…,"pod":…`, to be put into a JSON object. */
  readonly json: string;
}

export function makeIdentity({ service, version, pod }: Pick<Identity, 'service' | 'version' | 'pod'>): Identity {
  return {
    service,
    version,
    pod,
    hop: formatHop({ service, version, pod }),
    headers: [SERVICE_HEADER, headerValue(service), VERSION_HEADER, headerValue(version), POD_HEADER, headerValue(pod)],
    json: JSON.stringify({ service, version, pod }).slice(1, -1),
  };
}

/** A whole HTTP/1.1 response for bytes that are not a request, which no handler ever sees; it ends the connection. */
export function rawBadRequest(identity: Identity, status: 400 | 408 | 413 | 431): string {
  const reasons = {
    400: 'Bad Request',
    408: 'Request Timeout',
    413: 'Content Too Large',
    431: 'Request Header Fields Too Large',
  };
  const body = `{${identity.json},"status":${status},"error":${JSON.stringify(reasons[status])}}\n`;
  const pairs = [...identity.headers, HOPS_HEADER, identity.hop];
  const named = pairs.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${pairs[index + 1]}\r\n`] : [])).join('');
  return (
    `HTTP/1.1 ${status} ${reasons[status]}\r\ncontent-type: application/json\r\n` +
    `content-length: ${Buffer.byteLength(body)}\r\n${named}connection: close\r\n\r\n${body}`
  );
}

/** Plain ASCII stays as it is, so that a matcher sees `v3`; anything a header cannot carry is percent-encoded. */
function headerValue(text: string): string {
  return /^[!-~]+(?: [!-~]+)*$/.test(text) ? text : encodeURIComponent(text.toWellFormed());
}
