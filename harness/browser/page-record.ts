/** What the events of one page say of its parts. */
import type { PagePart } from '../ports/browser.ts';

interface Growing {
  url: string;
  kind: string;
  status: number;
  headers: Record<string, string>;
  startedAt: number;
  endedAt: number | undefined;
  failure?: string;
}

export interface PageRecord {
  /** Takes an event of the domains Network and Page. */
  take(method: string, parameters: Record<string, unknown>): void;
  /** The page's own `load` has fired, and nothing that it asked for is open. */
  readonly complete: boolean;
  parts(): readonly PagePart[];
}

/** @param onChange called after each event that may have completed the page */
export function createPageRecord(onChange: () => void): PageRecord {
  const parts = new Map<string, Growing>();
  let loaded = false;
  let beganAt: number | undefined;

  const ask = ({ requestId, request, type, timestamp, redirectResponse }: RequestSent): void => {
    if (!/^https?:/.test(request.url)) return;
    beganAt ??= timestamp;
    const before = parts.get(requestId);
    // a redirect keeps its id: where it led counts, and it began when it was first asked
    parts.set(requestId, {
      url: request.url,
      kind: (type ?? 'other').toLowerCase(),
      status: 0,
      headers: {},
      startedAt: (redirectResponse && before?.startedAt) || timestamp,
      endedAt: undefined,
    });
  };
  const answered = ({ requestId, response }: ResponseReceived): void => {
    const part = parts.get(requestId);
    if (!part) return;
    part.status = response.status;
    part.headers = joined(response.headers);
  };
  const finished = ({ requestId, timestamp, errorText, canceled }: Finished): void => {
    const part = parts.get(requestId);
    if (!part) return;
    part.endedAt = timestamp;
    // an error page of 404 is answered, and its body may be thrown away: only what has no status has no answer
    if (errorText !== undefined && part.status === 0) part.failure = canceled ? `${errorText} (given up)` : errorText;
  };

  return {
    take(method, parameters) {
      if (method === 'Network.requestWillBeSent') ask(parameters as unknown as RequestSent);
      else if (method === 'Network.responseReceived') answered(parameters as unknown as ResponseReceived);
      else if (method === 'Network.loadingFinished' || method === 'Network.loadingFailed')
        finished(parameters as unknown as Finished);
      else if (method === 'Page.loadEventFired') loaded = true;
      else return;
      onChange();
    },
    get complete() {
      return loaded && [...parts.values()].every(({ endedAt }) => endedAt !== undefined);
    },
    parts: () =>
      [...parts.values()].map(({ startedAt, endedAt, failure, ...part }) => ({
        ...part,
        startMs: ms(startedAt - (beganAt ?? startedAt)),
        endMs: ms((endedAt ?? startedAt) - (beganAt ?? startedAt)),
        ...(endedAt === undefined ? { failure: 'not finished in time' } : failure === undefined ? {} : { failure }),
      })),
  };
}

interface RequestSent {
  readonly requestId: string;
  readonly request: { readonly url: string };
  readonly type?: string;
  /** Seconds of the browser's own clock. */
  readonly timestamp: number;
  readonly redirectResponse?: object;
}
interface ResponseReceived {
  readonly requestId: string;
  readonly response: { readonly status: number; readonly headers: Readonly<Record<string, string>> };
}
interface Finished {
  readonly requestId: string;
  readonly timestamp: number;
  readonly errorText?: string;
  readonly canceled?: boolean;
}

/** Several values of one name come with a line end between them. */
function joined(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.split('\n').join(', ')]),
  );
}

const ms = (seconds: number): number => Math.max(0, Math.round(seconds * 10_000) / 10);
