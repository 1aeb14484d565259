/** What bad evidence does to the sentence of a claim. Pure. */
import { firstSentence } from '../../reports/model/causes/causes.ts';
import type { ClaimResult } from './claim-result.ts';

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
