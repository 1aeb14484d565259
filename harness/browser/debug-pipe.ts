/**
 * The debugging protocol of Chromium over its own pipe: JSON messages that end with a zero byte. No port is opened, so
 * nobody else on the machine can drive the browser.
 */
import type { Readable, Writable } from 'node:stream';
import { environmentError, type HarnessError } from '../errors/harness-error.ts';

export type Parameters = Readonly<Record<string, unknown>>;
export type Listener = (method: string, parameters: Record<string, unknown>) => void;

export interface DebugPipe {
  /** @throws HarnessError BROWSER_FAILED when it is refused, or the browser has ended */
  ask(method: string, parameters?: Parameters, session?: string): Promise<Record<string, unknown>>;
  /** One listener for each session. */
  listen(session: string, listener: Listener): void;
  forget(session: string): void;
  /** Every question that is open fails with it. */
  end(why: string): void;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message?: string };
  readonly sessionId?: string;
}

interface Question {
  readonly method: string;
  resolve(result: Record<string, unknown>): void;
  reject(error: HarnessError): void;
}

export function openDebugPipe(toBrowser: Writable, fromBrowser: Readable): DebugPipe {
  const open = new Map<number, Question>();
  const listeners = new Map<string, Listener>();
  let last = 0;
  let ended: string | undefined;
  let rest = '';

  const take = ({ id, method, params, result, error, sessionId }: Message): void => {
    if (id === undefined) {
      if (method !== undefined && sessionId !== undefined) listeners.get(sessionId)?.(method, params ?? {});
      return;
    }
    const question = open.get(id);
    open.delete(id);
    if (error) question?.reject(failed(`${question.method}: ${error.message ?? 'refused'}`));
    else question?.resolve(result ?? {});
  };

  fromBrowser.setEncoding('utf8');
  fromBrowser.on('data', (chunk: string) => {
    const messages = (rest + chunk).split('\0');
    rest = messages.pop() ?? '';
    for (const message of messages) take(JSON.parse(message) as Message);
  });
  const end = (why: string): void => {
    ended ??= why;
    for (const question of open.values()) question.reject(failed(why));
    open.clear();
  };
  fromBrowser.on('close', () => end('the browser has ended'));
  fromBrowser.on('error', () => end('the browser has ended'));
  // a write to a browser that is gone says so here, and its answer never comes
  toBrowser.on('error', () => end('the browser has ended'));

  return {
    ask(method, parameters = {}, session) {
      if (ended !== undefined) return Promise.reject(failed(ended));
      last += 1;
      const id = last;
      return new Promise((resolve, reject) => {
        open.set(id, { method, resolve, reject });
        const sessionId = session === undefined ? {} : { sessionId: session };
        toBrowser.write(`${JSON.stringify({ id, method, params: parameters, ...sessionId })}\0`);
      });
    },
    listen: (session, listener) => void listeners.set(session, listener),
    forget: (session) => void listeners.delete(session),
    end,
  };
}

export function failed(message: string): HarnessError {
  return environmentError('BROWSER_FAILED', `no page can be loaded: ${message}`, {
    hint: 'Start the browser by hand with --headless --dump-dom about:blank; what it says then is what is missing.',
  });
}
