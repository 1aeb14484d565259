/** How rates, shares and distributions are written on the command line of `simulate`. */
import { InvalidArgumentError } from 'commander';
import type { Latency } from '../../../../reports/model/simulation/latency.ts';
import type { Part } from '../../../simulate-policy/parts/count-part.ts';
import type { Outage, Users } from '../../../simulation/scenario.ts';
import { countNumber, durationMs, spanMs } from '../verb.ts';

export function figureOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('expected a number.');
  return value;
}

/** `.2%` or `0.002`; what lies outside 0 to 1 is refused with its own code later. */
export function shareOf(text: string): number {
  const trimmed = text.trim();
  return trimmed.endsWith('%') ? figureOf(trimmed.slice(0, -1)) / 100 : figureOf(trimmed);
}

const PER_SECOND: Readonly<Record<string, number>> = { s: 1, m: 1 / 60, h: 1 / 3600 };

/** `100/s`, `30/m`, `50/h`; a bare number counts a second. */
function rateOf(text: string): number {
  const [, amount, unit = 's'] = /^([^/]+)(?:\/(s|m|h))?$/.exec(text.trim()) ?? [];
  if (amount === undefined || !Number.isFinite(Number(amount)))
    throw new InvalidArgumentError('expected a rate such as 100/s or 30/m, or a file such as ./recording.json.');
  return figureOf(amount) * PER_SECOND[unit]!;
}

/** A rate, or a file with recorded traffic. */
export type Traffic = number | { readonly file: string };

/** What begins with a slash or a dot and a slash, or ends in .json, is a file: a rate never does. */
export function trafficOf(text: string): Traffic {
  return /\.json$|^\.{0,2}\//.test(text.trim()) ? { file: text } : rateOf(text);
}

const DAY_MS = 86_400_000;
const LONGEST_RANGE_MS = 3_652 * DAY_MS;

/** `7d`, `1d12h`, `90m`: a time that may have days. Milliseconds. */
export function rangeOf(text: string): number {
  const [, days, rest = ''] = /^(?:(\d+(?:\.\d+)?)d)?(.*)$/.exec(text.trim()) ?? [];
  const ms = days === undefined ? spanMs(text) : Number(days) * DAY_MS + (rest === '' ? 0 : spanMs(rest));
  if (ms > LONGEST_RANGE_MS) throw new InvalidArgumentError('expected at most ten years.');
  return ms;
}

/** A distribution, or where it was measured. */
export type WrittenLatency = Latency | { readonly file: string };

/** What has a slash, or ends as a file does, is a file or a run directory: a distribution begins with its name. */
export function latencyOf(text: string): WrittenLatency {
  const trimmed = text.trim();
  const [, median, sigma] = /^lognormal:median=([^,]+),sigma=([^,]+)$/.exec(trimmed) ?? [];
  if (median !== undefined && sigma !== undefined) return { medianMs: durationMs(median), sigma: figureOf(sigma) };
  if (!trimmed.startsWith('lognormal:') && /\/|\.[a-z]+$/i.test(trimmed)) return { file: trimmed };
  throw new InvalidArgumentError(
    'expected a distribution such as lognormal:median=80ms,sigma=.5, a file such as ./latency.json, or a run directory such as runs/NAME.',
  );
}

/** More than any machine has use for; each is started. */
const MOST_THREADS = 256;

export function threadsOf(text: string): number {
  const count = countNumber(text);
  if (count > MOST_THREADS) throw new InvalidArgumentError(`expected at most ${MOST_THREADS}.`);
  return count;
}

const MOST_PARTS = 10_000;

/** `3/8`: the index begins with 0, as that of an Indexed Job does. */
export function partOf(text: string): Part {
  const [, index, count] = /^(\d{1,5})\/(\d{1,5})$/.exec(text.trim()) ?? [];
  const part = { index: Number(index), count: Number(count) };
  if (index === undefined || !(part.index < part.count) || part.count > MOST_PARTS)
    throw new InvalidArgumentError(`expected an index from 0 and a count of at most ${MOST_PARTS}, such as 0/8.`);
  return part;
}

/** A time after the beginning of the release: `0`, or a duration. */
export const momentMs = (text: string): number => (text.trim() === '0' ? 0 : durationMs(text));

/** `canary,from=2m`, `prometheus,from=2m,for=1m`: times after the beginning of the release. */
export function outageOf(text: string): Outage {
  const [, of, from, lasts] =
    /^(canary|stable|prometheus)(?:,from=([^,=]+))?(?:,for=([^,=]+))?$/.exec(text.trim()) ?? [];
  if (of === undefined)
    throw new InvalidArgumentError(
      'expected canary, stable or prometheus, with from= and for=, such as canary,from=2m,for=1m.',
    );
  const fromMs = from === undefined ? 0 : momentMs(from);
  return { of: of as Outage['of'], fromMs, ...(lasts === undefined ? {} : { untilMs: fromMs + durationMs(lasts) }) };
}

/** `10000:5` or `10000:5/1h`. */
export function usersOf(text: string): Users {
  const [, count, requests, within] = /^([^:]+):([^:/]+)(?:\/([^/]+))?$/.exec(text.trim()) ?? [];
  if (count === undefined || requests === undefined)
    throw new InvalidArgumentError('expected users and the requests of each, such as 10000:5 or 10000:5/1h.');
  return {
    count: figureOf(count),
    requests: figureOf(requests),
    ...(within === undefined ? {} : { withinMs: durationMs(within) }),
  };
}
