/** Queries and conditions as texts, changed and nothing else of them touched. */
import { parseGoDuration } from '../../oracle/go-duration.ts';
import { parsedOnce } from '../../oracle/promql/parsed-once.ts';

const WINDOW = /\[((?:\d+(?:ms|[smhd]))+)\]/g;

/** Windows written as durations; not those of subqueries, nor arguments of the template. */
export function windowsMs(query: string): readonly number[] {
  return [...query.matchAll(WINDOW)].map(([, text]) => durationMs(text!));
}

/** As PromQL writes it: with days, which Go does not know. */
function durationMs(text: string): number {
  return parseGoDuration(text.replace(/(\d+)d/g, (_, days: string) => `${Number(days) * 24}h`)) ?? Number.NaN;
}

export function withWindow(query: string, window: string): string {
  return query.replaceAll(WINDOW, `[${window}]`);
}

/**
 * `(a or vector(0)) / b` for `a / b`: a share of nothing but errors is then 0 instead of an empty answer.
 * @returns undefined where the query is no quotient, or its numerator has a default
 */
export function withNumerator(query: string): string | undefined {
  const at = topLevelSlash(query);
  if (at === undefined) return undefined;
  const left = query.slice(0, at).trim();
  if (left.includes('vector(')) return undefined;
  const changed = `(${left} or vector(0)) /${query.slice(at + 1)}`;
  const read = parsed(changed);
  return read?.kind === 'binary' && read.operator === '/' ? changed : undefined;
}

/**
 * `a / (b >= least)` for `a / b`: empty where the window has fewer requests.
 * @returns undefined where the query is no quotient, or its denominator has no window
 */
export function withLeastTraffic(query: string, requests: number): string | undefined {
  const at = topLevelSlash(query);
  const before = parsed(query);
  if (at === undefined || before?.kind !== 'binary' || before.operator !== '/') return undefined;
  const right = query.slice(at + 1).trim();
  const [windowMs] = windowsMs(right);
  if (windowMs === undefined || />=|<=|<|>/.test(right)) return undefined;
  const counts = /\bincrease\(/.test(right);
  const least = counts ? requests : Number(((requests * 1000) / windowMs).toPrecision(3));
  const changed = `${query.slice(0, at)}/ (${right} >= ${least})`;
  return parsed(changed) ? changed : undefined;
}

/**
 * Bad only when it was bad at every moment of a time: the best of them is judged.
 * @param success whether the condition says what is good, or what is bad
 * @returns undefined where the query looks at a time already, or the condition compares nothing
 */
export function withLasting(
  query: string,
  { condition, success }: { readonly condition: string; readonly success: boolean },
  { window, stepMs }: { readonly window: string; readonly stepMs: number },
): string | undefined {
  const [, , operator] = SIMPLE.exec(condition) ?? [];
  if (operator === undefined || query.includes('_over_time(')) return undefined;
  const best = operator.startsWith('>') === success ? 'max' : 'min';
  const step = stepMs % 1000 === 0 ? `${stepMs / 1000}s` : `${stepMs}ms`;
  const changed = `${best}_over_time((${query.trim()})[${window}:${step}])`;
  return parsed(changed) ? changed : undefined;
}

function parsed(query: string) {
  try {
    return parsedOnce(query.replaceAll(/\{\{.*?\}\}/g, 'x').trim());
  } catch {
    return undefined;
  }
}

/** Index of the only `/` that stands in no parentheses, braces, brackets and quotes. */
function topLevelSlash(query: string): number | undefined {
  let depth = 0;
  let quote: string | undefined;
  const found: number[] = [];
  for (const [index, character] of [...query].entries()) {
    if (quote !== undefined) {
      if (character === quote && query[index - 1] !== '\\') quote = undefined;
    } else if (character === '"' || character === "'" || character === '`') quote = character;
    else if ('([{'.includes(character)) depth += 1;
    else if (')]}'.includes(character)) depth -= 1;
    else if (character === '/' && depth === 0) found.push(index);
  }
  return found.length === 1 ? found[0] : undefined;
}

const GUARDED = /isNaN|len\(|==\s*nil|!=\s*nil/;
const READS_FIRST = /\bresult\[0\]/;

/** Empty and NaN answers pass. @returns undefined where the condition has guards of its own, or reads no vector */
export function withSuccessGuard(condition: string): string | undefined {
  if (GUARDED.test(condition) || !READS_FIRST.test(condition)) return undefined;
  return `len(result) == 0 || isNaN(result[0]) || ${grouped(condition)}`;
}

/** Empty answers do not fail; NaN compares with nothing. */
export function withFailureGuard(condition: string): string | undefined {
  if (GUARDED.test(condition) || !READS_FIRST.test(condition)) return undefined;
  return `len(result) > 0 && ${grouped(condition)}`;
}

function grouped(condition: string): string {
  const text = condition.trim();
  return /\|\||&&|\?|\bor\b|\band\b/.test(text) ? `(${text})` : text;
}

const SIMPLE = /^(\s*result(?:\[0\])?\s*(>=|>|<=|<)\s*)(\d+(?:\.\d+)?)(\s*)$/;

/**
 * The threshold of a share of good answers (`>= 0.99`, `>= 99`) or of bad ones (`< 0.05`, `< 5`) at an error share.
 * @returns undefined where the condition is anything else
 */
export function withThreshold(condition: string, errorShare: number): string | undefined {
  const [, before, operator = '', number, after] = SIMPLE.exec(condition) ?? [];
  if (number === undefined) return undefined;
  const value = Number(number);
  const wantsMore = operator.startsWith('>');
  const scale = value > 1 ? 100 : 1;
  const share = value / scale;
  if (share > 1 || (wantsMore ? share < 0.5 : share > 0.5)) return undefined;
  const threshold = (wantsMore ? 1 - errorShare : errorShare) * scale;
  return `${before}${Number(threshold.toPrecision(4))}${after}`;
}
