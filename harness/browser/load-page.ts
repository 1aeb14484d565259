/** One load of a page by somebody who was never there, and what became of each of its parts. */
import type { PageFrame, PageLoad, PageRequest } from '../ports/browser.ts';
import type { DebugPipe } from './debug-pipe.ts';
import { createPageRecord, type PageRecord } from './page-record.ts';

/** Enough to see what a page looks like, and small in a report. */
const FRAME = { format: 'jpeg', quality: 55, maxWidth: 320, maxHeight: 200 } as const;
const MOST_FRAMES = 6;
/** What a page is drawn as after its last part came in. */
const DRAWN_MS = 150;

/** @throws HarnessError BROWSER_FAILED; the signal's reason */
export async function loadPage(pipe: DebugPipe, request: PageRequest, signal: AbortSignal): Promise<PageLoad> {
  signal.throwIfAborted();
  // a context has cookies, cache and connections of its own
  const { browserContextId } = await pipe.ask('Target.createBrowserContext', { disposeOnDetach: true });
  try {
    const { targetId } = await pipe.ask('Target.createTarget', { url: 'about:blank', browserContextId });
    const { sessionId } = await pipe.ask('Target.attachToTarget', { targetId, flatten: true });
    return await watchLoad(pipe, String(sessionId), request, signal);
  } finally {
    await pipe.ask('Target.disposeBrowserContext', { browserContextId }).catch(() => undefined);
  }
}

async function watchLoad(
  pipe: DebugPipe,
  session: string,
  { url, timeoutMs, filmed = false }: PageRequest,
  signal: AbortSignal,
): Promise<PageLoad> {
  const frames: PageFrame[] = [];
  const completed = Promise.withResolvers<void>();
  const record: PageRecord = createPageRecord(() => {
    if (record.complete) completed.resolve();
  });
  let startMs = Date.now();
  pipe.listen(session, (method, parameters) => {
    if (method === 'Page.screencastFrame') keepFrame(pipe, session, parameters, frames, Date.now() - startMs);
    else record.take(method, parameters);
  });
  const waiting = new AbortController();
  try {
    await Promise.all([
      pipe.ask('Network.enable', {}, session),
      pipe.ask('Page.enable', {}, session),
      ...(filmed ? [pipe.ask('Page.startScreencast', FRAME, session)] : []),
    ]);
    startMs = Date.now();
    // answered only with the document; one that cannot be reached is a load without an answer, which its parts say
    const navigating = pipe.ask('Page.navigate', { url }, session).then(() => completed.promise);
    await Promise.race([
      navigating,
      passed(timeoutMs, AbortSignal.any([waiting.signal, signal])).then(() => signal.throwIfAborted()),
    ]);
    if (filmed) await passed(DRAWN_MS, signal);
    signal.throwIfAborted();
    return { startMs, endMs: Date.now(), parts: record.parts(), frames, complete: record.complete };
  } finally {
    waiting.abort();
    pipe.forget(session);
  }
}

/** The time, or the signal; never rejects. */
function passed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (signal.aborted) done();
    else signal.addEventListener('abort', done);
  });
}

function keepFrame(
  pipe: DebugPipe,
  session: string,
  { data, sessionId: frame }: Record<string, unknown>,
  frames: PageFrame[],
  atMs: number,
): void {
  // the last one is what people are left with
  if (frames.length === MOST_FRAMES) frames.pop();
  frames.push({ atMs: Math.max(0, atMs), jpeg: String(data) });
  void pipe.ask('Page.screencastFrameAck', { sessionId: frame }, session).catch(() => undefined);
}
