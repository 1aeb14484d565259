/**
 * The reader: `reader-program.ts ORDERS_JSON`. Runs inside one pod's network namespace for as long as its stdin is
 * open, asks the proxy's admin interface (or istiod's debug interface) on a timer, and prints a line per change.
 *
 * An unchanged answer is compared as text and not parsed, and of a proxy's routes only the versions are asked for as long
 * as they stay the same: asking four times a second must cost next to nothing, here and in the proxy (what it costs an
 * Envoy: `npm run bench -- watch-proxies`).
 */
import { Agent, get } from 'node:http';
import { proxyCountersOf } from './proxy-counters.ts';
import { proxyRoutesOf } from './proxy-routes.ts';
import type { ReaderLine, ReaderOrders } from './reader-lines.ts';
import { rejectionsOf } from './sync-status.ts';

const ALIVE_EVERY_MS = 5_000;
const ANSWER_WITHIN_MS = 2_000;

const print = (line: ReaderLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, timeout: ANSWER_WITHIN_MS }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`status ${response.statusCode}: ${text.slice(0, 100)}`));
      });
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)));
    request.on('error', reject);
  });
}

/** Of Envoy's dump: what differs whenever anything of a route configuration does (admin.v3.RoutesConfigDump). */
const VERSIONS = '&mask=version_info,last_updated';

/**
 * Tells `onText` of the first and every other text of the URL.
 * @param changesUrl a shorter text that differs whenever the one of `url` does
 */
function follow(
  url: string,
  everyMs: number,
  polls: { count: number },
  onText: (text: string, since?: number) => void,
  changesUrl = url,
) {
  let before: string | undefined;
  let askedAt: number | undefined;
  let silent = false;
  const ask = async (): Promise<void> => {
    const at = Date.now();
    polls.count += 1;
    try {
      const text = await fetchText(changesUrl);
      if (text !== before) onText(changesUrl === url ? text : await fetchText(url), askedAt);
      silent = false;
      before = text;
      askedAt = at;
    } catch (error) {
      if (!silent) print({ kind: 'silent', at, error: error instanceof Error ? error.message : String(error) });
      silent = true;
    }
    setTimeout(ask, Math.max(10, everyMs - (Date.now() - at)));
  };
  void ask();
}

function main(orders: ReaderOrders): void {
  const polls = { count: 0 };
  const told = new Map<string, string>();
  /** Another part of the dump may have changed; only what differs is told. */
  const tellChange = (key: string, value: unknown, line: () => ReaderLine): void => {
    const text = JSON.stringify(value);
    if (told.get(key) === text) return;
    told.set(key, text);
    print(line());
  };
  if (orders.routesUrl !== undefined)
    follow(
      orders.routesUrl,
      orders.routesEveryMs,
      polls,
      (text, since) => {
        const routes = proxyRoutesOf(text, orders.hosts);
        for (const [i, host] of orders.hosts.entries()) {
          const route = routes[i]!;
          tellChange(`route ${host}`, route, () => ({ kind: 'route', at: Date.now(), since, host, route }));
        }
      },
      orders.routesUrl + VERSIONS,
    );
  if (orders.countersUrl !== undefined)
    follow(orders.countersUrl, orders.countersEveryMs, polls, (text) => {
      for (const host of orders.hosts) {
        const counters = proxyCountersOf(text, host);
        tellChange(`counters ${host}`, counters, () => ({ kind: 'counters', at: Date.now(), host, ...counters }));
      }
    });
  if (orders.syncUrl !== undefined)
    follow(orders.syncUrl, orders.routesEveryMs, polls, (text, since) => {
      const rejections = rejectionsOf(text);
      tellChange('rejections', rejections, () => ({ kind: 'rejections', at: Date.now(), since, rejections }));
    });
  const alive = () => {
    const { user, system } = process.cpuUsage();
    print({ kind: 'alive', at: Date.now(), polls: polls.count, cpuMs: Math.round((user + system) / 1000) });
  };
  setInterval(alive, ALIVE_EVERY_MS);
  const end = () => {
    alive();
    process.exit(0);
  };
  // whoever started it is gone
  process.stdin.on('end', end).on('error', end).resume();
  process.stdout.on('error', () => process.exit(0));
}

main(JSON.parse(process.argv[2] ?? '{}') as ReaderOrders);
