/**
 * How a receiver's own name is read from its answer, and which shares are expected, as typed on a command line:
 * `--identify header:NAME|json:PATH|regex:PATTERN` and `--expect v1=90,v2=10`.
 *
 * Pure. @throws HarnessError (exit 2): IDENTIFY_SYNTAX, IDENTIFY_HEADER, IDENTIFY_JSON_PATH, IDENTIFY_REGEX,
 * IDENTIFY_REGEX_GROUP, EXPECT_SYNTAX, EXPECT_WEIGHT, EXPECT_DUPLICATE, EXPECT_SUM.
 */
import { HarnessError, usageError } from '../errors/harness-error.ts';
import { linearPattern } from '../pattern/linear-pattern.ts';
import type { Identify } from '../ports/identify.ts';

export interface ExpectedArm {
  /** What the receiver calls itself. */
  readonly name: string;
  /** As typed; all of them sum to 100. */
  readonly weight: number;
  /** weight / 100. */
  readonly share: number;
}

const IDENTIFY_HINT = 'Write header:NAME, json:PATH (such as json:service.version) or regex:PATTERN.';
/** RFC 9110 section 5.6.2, "token". */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** `header:x-version`, `json:$.upstreams[1].version`, `regex:version="(v\d+)"`. The name is the regex's group, or all of its match when it has none. */
export function parseIdentify(text: string): Identify {
  const separator = text.indexOf(':');
  const kind = separator < 0 ? text : text.slice(0, separator);
  const rest = separator < 0 ? '' : text.slice(separator + 1);
  switch (kind) {
    case 'header':
      return { kind, name: headerName(rest) };
    case 'json':
      return { kind, path: jsonPath(rest) };
    case 'regex':
      return { kind, pattern: pattern(rest) };
    default:
      throw usageError('IDENTIFY_SYNTAX', `'${text}' does not say how the receiver is identified`, {
        where: '--identify',
        hint: IDENTIFY_HINT,
      });
  }
}

function headerName(text: string): string {
  const name = text.trim();
  if (!HEADER_NAME.test(name))
    throw usageError('IDENTIFY_HEADER', `'${text}' is not the name of an HTTP header`, {
      where: '--identify',
      hint: 'Such as header:x-app-version.',
    });
  return name.toLowerCase();
}

/** Accepts `$.a.b[0]`, `a.b[0]` and `a.b.0`; returns the last form, which is also a GJSON path for k6. */
function jsonPath(text: string): string {
  const dotted = text
    .trim()
    .replace(/^\$\.?/, '')
    .replace(/\[(\d+)\]/g, '.$1')
    .replace(/\[(?:'([^'\]]+)'|"([^"\]]+)")\]/g, (_, single: string, double: string) => `.${single ?? double}`)
    .replace(/^\./, '');
  if (dotted === '' || !/^[\w-]+(\.[\w-]+)*$/.test(dotted))
    throw usageError('IDENTIFY_JSON_PATH', `'${text}' is not a path into a JSON answer`, {
      where: '--identify',
      hint: 'Field names and list indices joined by dots, such as json:upstreams.reviews.version or json:items.0.version.',
    });
  return dotted;
}

function pattern(text: string): string {
  if (text === '')
    throw usageError('IDENTIFY_REGEX', 'the pattern is empty', { where: '--identify', hint: IDENTIFY_HINT });
  const groups = groupsOf(text);
  if (groups > 1)
    throw usageError(
      'IDENTIFY_REGEX_GROUP',
      `the pattern '${text}' has ${groups} capture groups, but only one may name the version`,
      {
        where: '--identify',
        hint: 'Put parentheses around the version, and (?: ) around anything else, such as regex:version=(v[0-9]+).',
      },
    );
  return text;
}

/** Of a pattern that is matched in linear time; any other is refused. */
function groupsOf(text: string): number {
  try {
    return linearPattern(text).groups;
  } catch (cause) {
    if (!(cause instanceof HarnessError)) throw cause;
    throw usageError('IDENTIFY_REGEX', cause.message, {
      where: '--identify',
      hint: `${cause.hint ?? IDENTIFY_HINT} Quote it for your shell.`,
      cause,
    });
  }
}

/** Weights are counted in millionths of a percent, so that 33.3 + 33.3 + 33.4 is exactly 100. */
const MILLIONTHS = 1_000_000;
const WEIGHT = /^\d{1,3}(\.\d{1,6})?$/;

/** `v1=90,v2=10`: percentages (whole or with up to six decimals) that sum to exactly 100. Order is kept. */
export function parseExpect(text: string): readonly ExpectedArm[] {
  const arms: ExpectedArm[] = [];
  const entries = text.split(',');
  let column = 1;
  for (const entry of entries) {
    const arm = parseArm(entry, column);
    if (arms.some(({ name }) => name === arm.name))
      throw usageError('EXPECT_DUPLICATE', `--expect names '${arm.name}' twice`, { where: `--expect:${column}` });
    arms.push(arm);
    column += entry.length + 1;
  }
  requireHundred(arms);
  return arms;
}

function parseArm(entry: string, column: number): ExpectedArm {
  // The last '=' separates, so that a receiver's name may hold one (a base64 name, say).
  const separator = entry.lastIndexOf('=');
  const name = entry.slice(0, Math.max(0, separator)).trim();
  const weightText = entry.slice(separator + 1).trim();
  const where = `--expect:${column}`;
  if (separator < 0 || name === '' || weightText === '')
    throw usageError('EXPECT_SYNTAX', `--expect cannot read '${entry.trim()}'`, {
      where,
      hint: 'Write NAME=PERCENT, separated by commas: --expect v1=90,v2=10.',
    });
  if (!WEIGHT.test(weightText) || Number(weightText) > 100)
    throw usageError('EXPECT_WEIGHT', `the weight '${weightText}' of '${name}' is not a percentage from 0 to 100`, {
      where,
      hint: 'A plain number without a sign or %, with at most six decimals: --expect v1=99.5,v2=0.5.',
    });
  const weight = Number(weightText);
  return { name, weight, share: weight / 100 };
}

function requireHundred(arms: readonly ExpectedArm[]): void {
  const millionths = arms.reduce((sum, { weight }) => sum + Math.round(weight * MILLIONTHS), 0);
  if (millionths === 100 * MILLIONTHS) return;
  const written = arms.map(({ weight }) => weight).join(' + ');
  const fractions = millionths === MILLIONTHS;
  throw usageError(
    'EXPECT_SUM',
    `the weights of --expect must sum to 100, but ${written} = ${millionths / MILLIONTHS}`,
    {
      where: '--expect',
      hint: fractions
        ? `These look like fractions; write percentages: --expect ${arms.map(({ name, share }) => `${name}=${roundedPercent(share)}`).join(',')}.`
        : 'Name every version that may answer, also those that must get 0.',
    },
  );
}

/** A share that was typed as a weight: 0.9 % stands for 90 %. */
function roundedPercent(share: number): number {
  return Math.round(share * 100 * 100 * MILLIONTHS) / MILLIONTHS;
}
