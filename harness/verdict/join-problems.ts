/** Are answers joined with their receivers, where proxies name them? Pure. */
import type { JoinCounts } from '../ports/load.ts';
import { requests, whole } from './wording.ts';

export type JoinProblem = readonly [code: 'joins-incomplete' | 'joins-contradicted', sentence: string];

/** A request whose receiver is not known may be the very one that tells. */
export function joinProblems(joins: JoinCounts | undefined): JoinProblem[] {
  if (joins === undefined) return [];
  const { answered, joined, ambiguous, contradicted, late } = joins;
  const problems: JoinProblem[] = [];
  if (joined < answered) {
    const why = [
      ...(ambiguous > 0 ? [`${whole(ambiguous)} named several receivers`] : []),
      ...(late > 0 ? [`${whole(late)} had lines that came too late`] : []),
    ];
    problems.push([
      'joins-incomplete',
      `${requests(answered - joined)} of ${whole(answered)} answered without a line in the proxies' logs that names the receiver${why.length === 0 ? '' : ` (${why.join(', ')})`}: lines were lost, a proxy writes none, or the answer was the gateway's own; lower the rate, and look at the logs of the istio-proxy containers`,
    ]);
  }
  if (contradicted > 0)
    problems.push([
      'joins-contradicted',
      `${requests(contradicted)} named one receiver by a proxy's log and another by a later line: one request of a client became several calls of that service, so none of them is its answer`,
    ]);
  return problems;
}
