/** Which flags the stand-in evaluates, and where it learns of them. */
export interface FlagSettings {
  /** Of Unleash's client API, such as `http://unleash.unleash:4242/api`. */
  readonly url: string;
  /** Read anew with each question, since a token may be replaced. */
  readonly tokenFile: string;
  readonly names: readonly string[];
  /** What of a request says whose it is. */
  readonly user: { readonly kind: 'header' | 'cookie'; readonly name: string };
  /** 0: no more once every flag is known. */
  readonly refreshMs: number;
  /** Without an answer of Unleash: the flags go on as they were known last, or are off. */
  readonly onOutage: 'keep' | 'off';
}

type Text = (name: string) => string | undefined;
type Whole = (name: string, fallback: number, max: number) => number;

const USER = /^(header|cookie):([!#$%&'*+.^_`|~0-9A-Za-z-]+)$/;

/**
 * Undefined: FLAGS_URL is not set, so nothing is evaluated.
 * @param refuse called with what is wrong
 */
export function readFlagSettings(
  text: Text,
  whole: Whole,
  refuse: (message: string) => never,
): FlagSettings | undefined {
  const url = text('FLAGS_URL');
  if (url === undefined) return undefined;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    return refuse('FLAGS_URL must be an http(s):// URL');
  const names = (text('FLAGS') ?? '').split(',').flatMap((name) => name.trim() || []);
  if (names.length === 0) return refuse('FLAGS must name the flags to be evaluated, separated by commas');
  const tokenFile = text('FLAGS_TOKEN_FILE');
  if (tokenFile === undefined) return refuse('FLAGS_TOKEN_FILE must be the path of a file with a client token');
  const [, kind, name = ''] = USER.exec(text('FLAGS_USER') ?? 'header:x-user-id') ?? [];
  if (kind !== 'header' && kind !== 'cookie') return refuse('FLAGS_USER must be header:NAME or cookie:NAME');
  const onOutage = text('ON_FLAGS_OUTAGE') ?? 'keep';
  if (onOutage !== 'keep' && onOutage !== 'off') return refuse('ON_FLAGS_OUTAGE must be keep or off');
  return {
    ...{ url: url.replace(/\/+$/, ''), names, tokenFile, onOutage },
    user: { kind, name: kind === 'header' ? name.toLowerCase() : name },
    refreshMs: whole('FLAGS_REFRESH_MS', 15_000, 3_600_000),
  };
}
