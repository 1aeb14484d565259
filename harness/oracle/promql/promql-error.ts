/** What can be wrong with an expression, and what the oracle does not claim to know. */
import { type HarnessError, usageError } from '../../errors/harness-error.ts';
import type { Place } from './promql-tree.ts';

/** PROMQL_SYNTAX: Prometheus would refuse the expression (it answers 400, and Argo's measurement is an Error). */
export function syntaxError(expression: string, place: Place, problem: string): HarnessError {
  return usageError('PROMQL_SYNTAX', `${problem} at character ${place.from + 1} of: ${expression}`, {
    hint: 'Prometheus refuses the query; an Argo measurement of it is an Error, and five of them abort the rollout.',
  });
}

/** PROMQL_UNSUPPORTED: valid for Prometheus, but beyond the oracle, which refuses rather than guesses. */
export function unsupported(expression: string, place: Place, what: string): HarnessError {
  return usageError(
    'PROMQL_UNSUPPORTED',
    `the oracle does not evaluate ${what} (character ${place.from + 1} of: ${expression})`,
    {
      hint: 'The query is left to Prometheus; its measurements are reported as not replayed.',
    },
  );
}

/** PROMQL_EVALUATION: a valid query that fails on this data (duplicate matches, equal label sets): Prometheus answers 422. */
export function evaluationError(problem: string): HarnessError {
  return usageError('PROMQL_EVALUATION', problem, { hint: 'Prometheus answers with an execution error.' });
}
