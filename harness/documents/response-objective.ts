/**
 * `p95<500ms`: at most 5 % of requests may be bad, and a bad one is an error, unsent, or slower than 500 ms. `errors<1%`:
 * at most 1 % may be errors, unsent, or without an answer after 5 s.
 */
import { usageError } from '../errors/harness-error.ts';

export interface ResponseObjective {
  readonly text: string;
  /** Share of bad answers that is allowed, between 0 and 1. */
  readonly objectiveShare: number;
  readonly limitMs: number;
  /** Nobody is waited for longer than the limit, which then is a time-out. */
  readonly errorsOnly: boolean;
}

/** Whoever has no answer by then has none. */
const ERRORS_LIMIT_MS = 5000;

/** Below this a limit is no longer than what load generators themselves are late. */
const LEAST_LIMIT_MS = 5;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000 };

/**
 * @param place flag or field that holds the text
 * @throws HarnessError CAPACITY_OBJECTIVE, CAPACITY_OBJECTIVE_UNIT, CAPACITY_OBJECTIVE_LIMIT, CAPACITY_SHARE (exit 2)
 */
export function parseObjective(text: string, place = '--objective'): ResponseObjective {
  const where = { where: place };
  const hint =
    'Write p95<500ms: 95 % of the requests answered without error within 500 ms; or errors<1%: at most 1 % failed.';
  const errors = /^errors<(\d{1,2}(?:\.\d{1,4})?)%$/.exec(text.trim());
  if (errors !== null) {
    const objectiveShare = Number((Number(errors[1]) / 100).toFixed(6));
    if (objectiveShare === 0)
      throw usageError('CAPACITY_SHARE', 'no load is free of errors for ever: allow a share of them', {
        ...where,
        hint,
      });
    return { text: text.trim(), objectiveShare, limitMs: ERRORS_LIMIT_MS, errorsOnly: true };
  }
  const match = /^p(\d{1,2}(?:\.\d{1,4})?)<(\d{1,7}(?:\.\d{1,3})?)([a-z]*)$/.exec(text.trim());
  if (match === null) throw usageError('CAPACITY_OBJECTIVE', `${place} cannot read '${text}'`, { ...where, hint });
  const [percent, limit, unit] = [Number(match[1]), Number(match[2]), match[3]!];
  if (UNIT_MS[unit] === undefined)
    throw usageError('CAPACITY_OBJECTIVE_UNIT', `the limit of '${text}' needs a unit, ms or s`, { ...where, hint });
  const limitMs = limit * UNIT_MS[unit];
  if (limitMs < LEAST_LIMIT_MS)
    throw usageError(
      'CAPACITY_OBJECTIVE_LIMIT',
      `a limit of ${limitMs} ms is shorter than ${LEAST_LIMIT_MS} ms, which no load generator measures`,
      {
        ...where,
        hint,
      },
    );
  const objectiveShare = Number((1 - percent / 100).toFixed(6));
  if (!(objectiveShare > 0 && objectiveShare < 1))
    throw usageError(
      'CAPACITY_SHARE',
      `p${match[1]} allows ${objectiveShare * 100} % of bad answers, not something between`,
      { ...where, hint },
    );
  return { text: text.trim(), objectiveShare, limitMs, errorsOnly: false };
}
