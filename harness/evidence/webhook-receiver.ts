/** Records what others post: a receiver that runs where the cluster's pods can reach it. */
import { z } from 'zod';
import { environmentError } from '../errors/harness-error.ts';
import { ProgramError, runProgram } from '../process/run-program.ts';

export interface ReceivedRequest {
  /** Arrival, Unix milliseconds. */
  readonly atMs: number;
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

export interface WebhookReceiver {
  readonly port: number;
  /** In the order of arrival. */
  readonly requests: readonly ReceivedRequest[];
  /**
   * The first request that matches, also one that came before; undefined when none did in time.
   * @param from requests before this index do not count
   * @throws the signal's reason, at once, when it aborts before or meanwhile
   */
  waitFor(
    matches: (request: ReceivedRequest) => boolean,
    timeoutMs: number,
    from?: number,
  ): Promise<ReceivedRequest | undefined>;
  stop(): Promise<void>;
}

/** Prints one JSON line when it listens, and one for each request; runs in another network namespace. */
const PROGRAM = [
  "import http from 'node:http';",
  'const [address, port] = process.argv.slice(1);',
  'const say = (line) => process.stdout.write(JSON.stringify(line) + "\\n");',
  'const server = http.createServer(async (request, response) => {',
  '  let body = "";',
  '  for await (const part of request.setEncoding("utf8")) body += part;',
  '  say({ atMs: Date.now(), method: request.method, path: request.url, body });',
  '  response.end("recorded");',
  '});',
  'server.on("error", (error) => { say({ failed: error.message }); process.exitCode = 1; });',
  'server.listen(Number(port), address, () => say({ listening: server.address().port }));',
].join('\n');
const line = z.union([
  z.object({ listening: z.number() }),
  z.object({ failed: z.string() }),
  z.object({ atMs: z.number(), method: z.string(), path: z.string(), body: z.string() }),
]);
const START_MS = 15_000;

/**
 * @param argvPrefix enters the network in which the senders can reach it
 * @param address to listen on, there
 * @param port 0: any free one
 * @throws HarnessError RECEIVER_START_FAILED
 */
export async function startReceiver(
  argvPrefix: readonly string[],
  address: string,
  signal: AbortSignal,
  port = 0,
): Promise<WebhookReceiver> {
  const over = new AbortController();
  const requests: ReceivedRequest[] = [];
  const listeners = new Set<() => void>();
  const listening = Promise.withResolvers<number>();
  const refuse = (why: string) =>
    listening.reject(
      environmentError('RECEIVER_START_FAILED', `the receiver of webhooks did not start: ${why}`, {
        where: `${address}:${port}`,
      }),
    );
  const [program, ...args] = [
    ...argvPrefix,
    process.execPath,
    '--input-type=module',
    '-e',
    PROGRAM,
    address,
    String(port),
  ];
  const ended = runProgram([program ?? process.execPath, ...args], {
    signal: AbortSignal.any([signal, over.signal]),
    onLine(text, stream) {
      const said = stream === 'stdout' ? line.safeParse(parsed(text)) : undefined;
      if (!said?.success) return;
      if ('listening' in said.data) listening.resolve(said.data.listening);
      else if ('failed' in said.data) refuse(said.data.failed);
      else {
        requests.push(said.data);
        for (const listener of [...listeners]) listener();
      }
    },
  }).then(
    () => refuse('it ended by itself'),
    (error: unknown) => refuse(error instanceof ProgramError ? error.message : String(error)),
  );
  const timer = setTimeout(() => refuse('it said nothing in time'), START_MS);
  try {
    return receiverOf(await listening.promise);
  } catch (error) {
    over.abort();
    await ended;
    throw error;
  } finally {
    clearTimeout(timer);
  }

  function receiverOf(actualPort: number): WebhookReceiver {
    return {
      port: actualPort,
      requests,
      waitFor: (matches, timeoutMs, from = 0) =>
        new Promise((resolve, reject) => {
          if (signal.aborted) return reject(signal.reason);
          const look = () => {
            const found = requests.find((request, i) => i >= from && matches(request));
            if (found) finish(() => resolve(found));
          };
          const finish = (settle: () => void) => {
            clearTimeout(limit);
            listeners.delete(look);
            signal.removeEventListener('abort', stop);
            settle();
          };
          const stop = () => finish(() => reject(signal.reason));
          const limit = setTimeout(() => finish(() => resolve(undefined)), timeoutMs);
          listeners.add(look);
          signal.addEventListener('abort', stop, { once: true });
          look();
        }),
      async stop() {
        over.abort();
        await ended;
      },
    };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
