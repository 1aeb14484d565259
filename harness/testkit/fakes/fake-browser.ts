/** A browser in memory: a page with two assets, behind a gateway that sends each request to a version. */
import type { OpenBrowser, PageLoad, PagePart } from '../../ports/browser.ts';

/** Who is to answer, and what of it. */
export interface FakeAnswer {
  /** Null: nobody names himself. */
  readonly version: string | null;
  readonly status?: number;
}

export interface FakePages {
  /** @param request 0 for the page itself, then its assets; `of` is the version whose page asked */
  readonly answer: (load: number, request: number, host: string, of: string | null) => FakeAnswer;
  /** Requests of a page beside itself; default 2. */
  readonly assets?: number;
  readonly onLoad?: (load: number) => void;
}

export const NAMING_HEADER = 'x-app-version';

export interface FakeBrowser {
  readonly open: OpenBrowser;
  readonly addresses: readonly string[];
  /** Opened and not closed. */
  readonly running: number;
  readonly loads: number;
}

export function createFakeBrowser({ answer, assets = 2, onLoad }: FakePages): FakeBrowser {
  const addresses: string[] = [];
  let running = 0;
  let loads = 0;
  const load = (url: string, filmed: boolean, startMs: number): PageLoad => {
    const { origin, host } = new URL(url);
    const n = loads;
    loads += 1;
    onLoad?.(n);
    const part = (request: number, of: string | null): PagePart & FakeAnswer => {
      const given = answer(n, request, host, of);
      // an asset of another build has another name, so that version does not have it
      const { version, status = of === null || version === of ? 200 : 404 } = given;
      const name = request === 0 ? '' : request % 2 === 1 ? `app-${of}.js` : `app-${of}.css`;
      return {
        ...{ version, status, url: `${origin}/${name}`, kind: request === 0 ? 'document' : 'script' },
        headers: version === null ? {} : { [NAMING_HEADER]: version },
        ...{ startMs: request, endMs: request + 1 },
        ...(status === 0 ? { failure: 'net::ERR_EMPTY_RESPONSE' } : {}),
      };
    };
    const document = part(0, null);
    const rest = Array.from({ length: assets }, (_, index) => part(index + 1, document.version));
    return {
      ...{ startMs, endMs: startMs + 10, complete: true },
      parts: [document, ...rest].map(({ version: _, ...one }) => one),
      frames: filmed ? [{ atMs: 5, jpeg: '/9j/' }] : [],
    };
  };
  return {
    addresses,
    get running() {
      return running;
    },
    get loads() {
      return loads;
    },
    async open(address) {
      addresses.push(address);
      running += 1;
      return {
        version: 'Fake/1.0',
        async load({ url, filmed = false }, signal) {
          signal.throwIfAborted();
          return load(url, filmed, 0);
        },
        async [Symbol.asyncDispose]() {
          running -= 1;
        },
      };
    },
  };
}
