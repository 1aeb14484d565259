/**
 * Records what others post: a receiver that runs where the cluster's pods can reach it. Any pod can, so it listens on one
 * address only, counts nothing that does not begin with the secret path of this run, and reads no more than a
 * notification holds.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { environmentError, type HarnessError } from '../errors/harness-error.ts';
import { ProgramError, runProgram } from '../process/run-program.ts';

export interface ReceivedRequest {
  /** Arrival, Unix milliseconds. */
  readonly atMs: number;
  readonly method: string;
  /** Behind the secret. */
  readonly path: string;
  readonly body: string;
}

export interface WebhookReceiver {
  readonly port: number;
  /** What every path must begin with to be recorded, such as `/9f…`; whoever knows it may post. */
  readonly secretPath: string;
  /** Requests that were turned away: without the secret, too long, or too slow. */
  refused(): number;
  /** In the order of arrival. */
  readonly requests: readonly ReceivedRequest[];
  /**
   * The first request that matches, also one that came before; undefined when none did in time.
   * @param from requests before this index do not count
   * @throws HarnessError RECEIVER_ENDED where it is there no more; the signal's reason, at once, when it aborts before or
   *   meanwhile
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
  "import { createHash, timingSafeEqual } from 'node:crypto';",
  'const [address, port, most, slowest] = process.argv.slice(1);',
  'const secret = process.env.RECEIVER_SECRET_PATH;',
  'delete process.env.RECEIVER_SECRET_PATH;',
  'const say = (line) => process.stdout.write(JSON.stringify(line) + "\\n");',
  'const digest = (text) => createHash("sha256").update(text).digest();',
  'const wanted = digest(secret);',
  'const refuse = (response, status) => {',
  '  say({ refused: status });',
  '  response.writeHead(status, { connection: "close" }).end();',
  '};',
  'const server = http.createServer(async (request, response) => {',
  '  const path = request.url.slice(secret.length);',
  '  const known = timingSafeEqual(digest(request.url.slice(0, secret.length)), wanted);',
  '  if (!known || !/^([/?]|$)/.test(path)) return refuse(response, 404);',
  '  const parts = [];',
  '  let bytes = 0;',
  '  try {',
  '    for await (const part of request) {',
  '      bytes += part.length;',
  '      if (bytes > Number(most)) return refuse(response, 413);',
  '      parts.push(part);',
  '    }',
  '  } catch {',
  '    return say({ refused: 400 });',
  '  }',
  '  say({ atMs: Date.now(), method: request.method, path, body: Buffer.concat(parts).toString("utf8") });',
  '  response.end("recorded");',
  '});',
  'server.requestTimeout = server.headersTimeout = Number(slowest);',
  'server.connectionsCheckingInterval = 1000;',
  'server.maxConnections = 64;',
  'server.on("error", (error) => { say({ failed: error.message }); process.exitCode = 1; });',
  'server.listen(Number(port), address, () => say({ listening: server.address().port }));',
].join('\n');
const line = z.union([
  z.object({ listening: z.number() }),
  z.object({ failed: z.string() }),
  z.object({ refused: z.number() }),
  z.object({ atMs: z.number(), method: z.string(), path: z.string(), body: z.string() }),
]);
const START_MS = 15_000;
/** A group of alerts takes a few KiB. */
const MOST_BYTES = 65_536;
const SLOWEST_MS = 10_000;

export interface ReceiverOptions {
  /** Default 0: any free one. */
  readonly port?: number;
  /** Default: a new one. */
  readonly secretPath?: string;
}

/**
 * @param argvPrefix enters the network in which the senders can reach it
 * @param address to listen on, there
 * @throws HarnessError RECEIVER_START_FAILED
 */
export async function startReceiver(
  argvPrefix: readonly string[],
  address: string,
  signal: AbortSignal,
  { port = 0, secretPath = `/${randomBytes(16).toString('hex')}` }: ReceiverOptions = {},
): Promise<WebhookReceiver> {
  const over = new AbortController();
  const requests: ReceivedRequest[] = [];
  let refused = 0;
  /** It ended without being told to: what was posted since is on no record. */
  let gone: HarnessError | undefined;
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
    String(MOST_BYTES),
    String(SLOWEST_MS),
  ];
  const ended = runProgram([program ?? process.execPath, ...args], {
    signal: AbortSignal.any([signal, over.signal]),
    // not among the arguments, which every user of the machine can read
    env: { RECEIVER_SECRET_PATH: secretPath },
    onLine(text, stream) {
      const said = stream === 'stdout' ? line.safeParse(parsed(text)) : undefined;
      if (!said?.success) return;
      if ('listening' in said.data) listening.resolve(said.data.listening);
      else if ('failed' in said.data) refuse(said.data.failed);
      else if ('refused' in said.data) refused += 1;
      else {
        requests.push(said.data);
        for (const listener of [...listeners]) listener();
      }
    },
  }).then(
    () => end('it ended by itself'),
    (error: unknown) => end(error instanceof ProgramError ? error.message : String(error)),
  );
  function end(why: string): void {
    refuse(why);
    if (over.signal.aborted || signal.aborted) return;
    gone = environmentError('RECEIVER_ENDED', `the receiver of webhooks is there no more: ${why}`, {
      where: address,
      hint: 'Something outside ended it (out of memory?); run again.',
    });
    for (const listener of [...listeners]) listener();
  }
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
      secretPath,
      refused: () => refused,
      requests,
      waitFor: (matches, timeoutMs, from = 0) =>
        new Promise((resolve, reject) => {
          if (signal.aborted) return reject(signal.reason);
          const look = () => {
            const found = requests.find((request, i) => i >= from && matches(request));
            if (found) finish(() => resolve(found));
            else if (gone) finish(() => reject(gone));
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
