/**
 * Which shares are expected, as typed on a command line: `--expect v1=90,v2=10`. How a receiver's name is read from an
 * answer stands in identify-kinds.ts.
 *
 * Pure. @throws HarnessError (exit 2): EXPECT_SYNTAX, EXPECT_WEIGHT, EXPECT_DUPLICATE, EXPECT_SUM.
 */
import { usageError } from '../errors/harness-error.ts';

export interface ExpectedArm {
  /** What the receiver calls itself. */
  readonly name: string;
  /** As typed; all of them sum to 100. */
  readonly weight: number;
  /** weight / 100. */
  readonly share: number;
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
