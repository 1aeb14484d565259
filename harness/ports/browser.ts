/** What loads whole pages as a person's browser does, and what it says of every part of one. */

/** One request of a page: the document itself, or what it asked for. */
export interface PagePart {
  readonly url: string;
  /** As the browser calls it: `document`, `script`, `stylesheet`, `font`, `image`, `fetch` and others, in lower case. */
  readonly kind: string;
  /** 0: there was no answer. */
  readonly status: number;
  /** Names in lower case; several values of one name joined by a comma and a blank. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since the load began. */
  readonly startMs: number;
  readonly endMs: number;
  /** Why there was no answer, in the browser's words. */
  readonly failure?: string;
}

/** What the page looked like at a time. */
export interface PageFrame {
  /** Milliseconds since the load began. */
  readonly atMs: number;
  /** A JPEG in base64. */
  readonly jpeg: string;
}

export interface PageLoad {
  /** Unix milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  /** In the order in which they were asked for; the first is the document. Inlined ones (`data:`) are none. */
  readonly parts: readonly PagePart[];
  /** Empty unless the load was filmed. */
  readonly frames: readonly PageFrame[];
  /** Every part was answered or given up within the time; otherwise `parts` holds what there was. */
  readonly complete: boolean;
}

export interface PageRequest {
  readonly url: string;
  readonly timeoutMs: number;
  readonly filmed?: boolean;
}

export interface PageBrowser extends AsyncDisposable {
  /** Such as `Chrome/156.0.8078.108`. */
  readonly version: string;
  /**
   * As somebody who was never there: without cookies, with nothing in the cache, on connections of its own.
   * @throws HarnessError BROWSER_FAILED (exit 3); the signal's reason
   */
  load(request: PageRequest, signal: AbortSignal): Promise<PageLoad>;
}

/**
 * @param address `HOST:PORT` that every host name leads to: whatever a page names, nothing else is asked
 * @throws HarnessError BROWSER_MISSING, BROWSER_FAILED (exit 3)
 */
export type OpenBrowser = (address: string) => Promise<PageBrowser>;
