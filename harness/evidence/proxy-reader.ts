/**
 * Starts one reader in a pod's network namespace and hands over its lines. It ends with the signal, with its pod, or
 * with this process: it watches its own stdin.
 */
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { ReaderLine, ReaderOrders } from './reader-lines.ts';

const PROGRAM = fileURLToPath(new URL('./reader-program.ts', import.meta.url));
/** Readers are many and do little: no spare threads, a small heap. */
const NODE_FLAGS = ['--v8-pool-size=0', '--max-semi-space-size=1', '--max-old-space-size=64'];

/**
 * Resolves when the reader has ended, whatever the reason.
 * @param argvPrefix enters the pod's network namespace
 * @returns what the program said before it ended by itself; undefined after the signal
 */
export const runReader: typeof startReader = (...given) => readers.run(...given);

/** How they are run: the place where a test puts readers that it plays itself. */
export const readers = { run: startReader };

async function startReader(
  argvPrefix: readonly string[],
  orders: ReaderOrders,
  onLine: (line: ReaderLine) => void,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [file = process.execPath, ...args] = [
    ...argvPrefix,
    process.execPath,
    ...NODE_FLAGS,
    PROGRAM,
    JSON.stringify(orders),
  ];
  const child = execa(file, args, { reject: false, buffer: false, stdin: 'pipe', stderr: 'pipe' });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-2000);
  });
  // its last line says what it cost; a second later nobody waits for it any more
  const end = () => {
    child.stdin.end();
    const force = setTimeout(() => child.kill('SIGKILL'), 1_000);
    void child.then(() => clearTimeout(force));
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  try {
    for await (const line of child.iterable({ from: 'stdout' })) {
      const parsed = parseLine(String(line));
      if (parsed) onLine(parsed);
    }
  } catch {
    // the program's end says more
  }
  const { exitCode, signal: killedBy } = await child;
  signal.removeEventListener('abort', end);
  return signal.aborted ? undefined : said.trim() || `ended with ${killedBy ?? exitCode ?? 'no exit code'}`;
}

/** A line that was cut off by the end of the program is dropped. */
function parseLine(text: string): ReaderLine | undefined {
  try {
    return JSON.parse(text) as ReaderLine;
  } catch {
    return undefined;
  }
}
