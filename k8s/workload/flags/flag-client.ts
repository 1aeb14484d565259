/** The stand-in's flags: asked of Unleash again and again, and evaluated for whoever asks, without a question in between. */
import { readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { flagHop, formatHop } from '../hops.ts';
import { clientFeatures, type Flag, isFlagOn } from './evaluate-flag.ts';
import type { FlagSettings } from './flag-settings.ts';

/** An answer later than this is none. */
const TIMEOUT_MS = 5_000;
/** While no flag is known yet. */
const FIRST_MS = 500;

export class FlagClient {
  readonly #settings: FlagSettings;
  readonly #names: ReadonlySet<string>;
  readonly #stopping = new AbortController();
  #flags = new Map<string, Flag>();
  #isKnown = false;
  #etag: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: FlagSettings) {
    this.#settings = settings;
    this.#names = new Set(settings.names);
  }

  /** Goes on by itself until `close`. */
  start(): void {
    void this.#refresh().then(() => {
      const { refreshMs } = this.#settings;
      const hasAll = this.#flags.size === this.#names.size;
      if (this.#stopping.signal.aborted || (refreshMs === 0 && hasAll)) return;
      const nextMs = refreshMs === 0 ? FIRST_MS : this.#isKnown ? refreshMs : Math.min(FIRST_MS, refreshMs);
      this.#timer = setTimeout(() => this.start(), nextMs);
      // whoever drains need not wait for it
      this.#timer.unref();
    });
  }

  close(): void {
    this.#stopping.abort();
    clearTimeout(this.#timer);
  }

  /** `;~checkout=on@` for each flag, to stand behind the receiver's own hop. */
  marks(headers: IncomingHttpHeaders): string {
    const userId = this.#userOf(headers);
    return this.#settings.names
      .map((name) => {
        const flag = this.#flags.get(name);
        // a flag that Unleash does not know is off, as in its own clients; before its first answer nobody can tell
        const state = !this.#isKnown ? 'unknown' : flag && isFlagOn(flag, userId) ? 'on' : 'off';
        return `;${formatHop(flagHop(name, state))}`;
      })
      .join('');
  }

  #userOf(headers: IncomingHttpHeaders): string | undefined {
    const { kind, name } = this.#settings.user;
    if (kind === 'header') {
      const given = headers[name];
      return (Array.isArray(given) ? given[0] : given) || undefined;
    }
    for (const pair of (headers.cookie ?? '').split(/;\s*/)) {
      const at = pair.indexOf('=');
      if (at > 0 && pair.slice(0, at) === name) return pair.slice(at + 1) || undefined;
    }
    return undefined;
  }

  async #refresh(): Promise<void> {
    try {
      await this.#ask();
    } catch {
      // refused, too slow, or not there: all of it is an outage to whoever is asked
      if (this.#settings.onOutage === 'off') {
        this.#flags = new Map();
        this.#etag = undefined;
      }
    }
  }

  async #ask(): Promise<void> {
    const { url, tokenFile } = this.#settings;
    const token = (await readFile(tokenFile, 'utf8')).trim();
    const answer = await fetch(`${url}/client/features`, {
      headers: { authorization: token, ...(this.#etag === undefined ? {} : { 'if-none-match': this.#etag }) },
      signal: AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    if (answer.status === 304) return;
    if (!answer.ok) throw new Error(`Unleash answered ${answer.status}`);
    const { features } = clientFeatures.parse(await answer.json());
    this.#flags = new Map(features.flatMap((flag) => (this.#names.has(flag.name) ? [[flag.name, flag] as const] : [])));
    this.#etag = answer.headers.get('etag') ?? undefined;
    this.#isKnown = true;
  }
}
