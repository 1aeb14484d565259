/** Durations as Go's time.ParseDuration reads them: `1h15m30.5s`, `250ms`; no days. */
const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** The machines ask for the few of a policy at every reconciliation, a million times in a simulation. */
const KNOWN = new Map<string, number | undefined>();
const MOST_KNOWN = 1000;

/** In milliseconds; undefined when the text is no duration. */
export function parseGoDuration(text: string): number | undefined {
  const known = KNOWN.get(text);
  if (known !== undefined || KNOWN.has(text)) return known;
  const read = readDuration(text);
  if (KNOWN.size < MOST_KNOWN) KNOWN.set(text, read);
  return read;
}

function readDuration(text: string): number | undefined {
  const [, sign, body] = /^([+-]?)(.+)$/.exec(text) ?? [];
  if (body === undefined) return undefined;
  if (body === '0') return 0;
  // one part where the last one ended, so that a long text is read once
  const part = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;
  let totalMs = 0;
  while (part.lastIndex < body.length) {
    const [, number, unit] = part.exec(body) ?? [];
    if (number === undefined || unit === undefined) return undefined;
    totalMs += Number(number) * UNIT_MS[unit]!;
  }
  return sign === '-' ? -totalMs : totalMs;
}
