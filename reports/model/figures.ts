/**
 * Numbers as people read them, the same on every machine: no locale, UTC, units always present.
 *
 * Thousands and units are parted by U+202F (narrow no-break space), so a figure never breaks over two lines.
 */
export const THIN = '\u202f';

const MOST_DECIMALS = 4;

/** 18204 -> "18 204". */
export function formatCount(n: number): string {
  const digits = Math.abs(Math.round(n)).toString();
  const grouped = digits.replace(/\B(?=(\d{3})+$)/g, THIN);
  return n < 0 && grouped !== '0' ? `\u2212${grouped}` : grouped;
}

/** Decimals that keep a share apart from 0 % and 100 %: 0.0004 is "0.04", never "0.0". */
function shareDecimals(share: number): number {
  const distance = Math.min(Math.abs(share), Math.abs(1 - share));
  if (distance === 0 || distance >= 0.0005) return 1;
  return distance >= 0.00005 ? 2 : 3;
}

/** 0.1 -> "10 %" for declared shares: no decimals unless they say something. */
export function formatDeclared(share: number): string {
  return `${trimZeros((share * 100).toFixed(3))}${THIN}%`;
}

/** 0.0981 -> "9.8 %". */
export function formatShare(share: number, decimals = shareDecimals(share)): string {
  return `${(share * 100).toFixed(decimals)}${THIN}%`;
}

/**
 * "[9.4, 10.3] %"; enough decimals that the ends differ from each other.
 *
 * @param apart a share that an end must not be rounded to, because the interval leaves it out
 */
export function formatInterval(
  interval: { readonly low: number; readonly high: number },
  apart: number = Number.NaN,
): string {
  const { low, high } = interval;
  const width = high - low;
  const decimals = Math.max(width > 0 && width < 0.002 ? 2 : 1, shareDecimals(low), shareDecimals(high));
  const end = (share: number) => {
    let own = decimals;
    const said = () => (share * 100).toFixed(own);
    while (share !== apart && own < MOST_DECIMALS && Number(said()) === Number((apart * 100).toFixed(own))) own += 1;
    return said();
  };
  return `[${end(low)}, ${end(high)}]${THIN}%`;
}

/** Difference of two shares in percentage points with its sign: 0.012 -> "+1.2 pt". */
export function formatPoints(difference: number): string {
  const points = difference * 100;
  const decimals = points !== 0 && Math.abs(points) < 0.05 ? 2 : 1;
  const rounded = Math.abs(points).toFixed(decimals);
  const sign = Number(rounded) === 0 ? '' : points < 0 ? '\u2212' : '+';
  return `${sign}${rounded}${THIN}pt`;
}

/** A drift "of that much or more", rounded upwards, since of less it would not be true: 0.01931 -> "1.94 pt". */
export function pointsUp(drift: number): string {
  return `${trimZeros((Math.ceil(drift * 10_000 - 1e-6) / 100).toFixed(2))}${THIN}pt`;
}

/** A drift "of at least that much", rounded downwards: 0.0231 -> "2.31 pt". */
export function pointsDown(drift: number): string {
  return `${trimZeros((Math.floor(drift * 10_000 + 1e-6) / 100).toFixed(2))}${THIN}pt`;
}

/** Of requests: 20 -> "20.0", and three digits of less than ten: 0.001, which rounded would be none. */
export function formatPerSecond(perSecond: number): string {
  return perSecond >= 10 ? formatDecimal(perSecond) : String(Number(perSecond.toPrecision(3)));
}

/** 1234.56 -> "1 234.6". */
export function formatDecimal(value: number, decimals = 1): string {
  const rounded = Math.abs(value).toFixed(decimals);
  const [whole = '0', fraction] = rounded.split('.');
  const text = fraction === undefined ? formatCount(Number(whole)) : `${formatCount(Number(whole))}.${fraction}`;
  return value < 0 && Number(rounded) !== 0 ? `\u2212${text}` : text;
}

/** Error rates: 0.001 -> "0.001", 0.000001 -> "1e-6". */
export function formatRate(rate: number): string {
  if (rate === 0) return '0';
  return rate >= 0.0001 ? trimZeros(rate.toFixed(6)) : rate.toExponential();
}

export function formatDuration(durationMs: number): string {
  if (durationMs < 0) return `\u2212${formatDuration(-durationMs)}`;
  if (durationMs < 1000) return `${Math.round(durationMs)}${THIN}ms`;
  if (durationMs < 10_000) return `${(durationMs / 1000).toFixed(2)}${THIN}s`;
  if (durationMs < 99_950) return `${(durationMs / 1000).toFixed(1)}${THIN}s`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}${THIN}min${THIN}${pad(seconds % 60)}${THIN}s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}${THIN}h${THIN}${pad(minutes % 60)}${THIN}min`;
}

/** "2026-11-21 12:04:31 UTC"; "unknown time" for a number that is no date. */
export function formatInstant(unixMs: number): string {
  const iso = isoInstant(unixMs);
  return iso === undefined ? 'unknown time' : `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** "12:04:31" or, with millis, "12:04:31.208"; UTC. */
export function formatClock(unixMs: number, withMillis = false): string {
  const iso = isoInstant(unixMs);
  return iso === undefined ? 'unknown time' : iso.slice(11, withMillis ? 23 : 19);
}

/** ISO 8601 with milliseconds, or undefined when the number is outside the range of dates. */
export function isoInstant(unixMs: number): string | undefined {
  const date = new Date(unixMs);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? formatCount(value) : value.toFixed(1)}${THIN}${units[unit]}`;
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function pad(n: number): string {
  return n.toString().padStart(2, '0');
}
