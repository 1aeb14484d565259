/** What bad evidence does to a claim and its sentence. Pure. */
import { firstSentence } from '../../reports/model/causes/causes.ts';
import { LOSSES_SHARED } from '../traffic/shared-losses.ts';
import type { ClaimResult } from './claim-result.ts';

/**
 * The net under every judge that weighs its books itself: none passes beside bad ones, unless no verdict rests on them (a
 * first try that was run once more) or all that is wrong is that the environment lost requests, in spite of which it held.
 */
export function onItsBooks(result: ClaimResult): ClaimResult {
  const { claim, books = [] } = result;
  const isBad = books.some(({ outcome, repeatedAs, problemCodes = [] }) => {
    const others = problemCodes.filter((code) => code !== LOSSES_SHARED);
    return outcome === 'invalid' && repeatedAs === undefined && (others.length > 0 || problemCodes.length === 0);
  });
  return claim.outcome === 'passed' && isBad ? { ...result, claim: { ...claim, outcome: 'invalid' } } : result;
}

/**
 * A headline has room for one sentence. Where the books leave no verdict, why they do is that sentence, and what was
 * seen all the same comes behind it; where something else decided, bad books are said at the end.
 */
export function evidenceFirst(result: ClaimResult): ClaimResult {
  const { claim, books = [] } = result;
  const problems = [...new Set(books.flatMap((one) => (one.outcome === 'invalid' ? one.problems : [])))];
  if (problems.length === 0) return result;
  const { sentence } = claim;
  const lead = firstSentence(sentence);
  const isSaid = (text: string) => problems.some((problem) => text.includes(problem));
  if (claim.outcome !== 'invalid') {
    if (isSaid(sentence)) return result;
    return { ...result, claim: { ...claim, sentence: `${sentence} The books are bad: ${problems.join('; ')}.` } };
  }
  if (isSaid(lead)) return result;
  const said = `No verdict, the evidence is bad: ${problems.join('; ')}.`;
  // a split says the same of itself
  const rest = sentence
    .replace(said, '')
    .replaceAll(/\s{2,}/g, ' ')
    .trim();
  return {
    ...result,
    claim: { ...claim, sentence: [said, ...(rest === '' ? [] : [`Seen all the same: ${rest}`])].join(' ') },
  };
}
