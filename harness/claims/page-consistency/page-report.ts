/** One route of the claim as the report has it. */
import type { PageRouteReport } from '../../../reports/model/page-report.ts';
import { confidenceSequence } from '../../stats/mixture-e-process.ts';
import type { Outcome } from '../../verdict/outcome.ts';
import { ALPHA, BETA } from './expected-share.ts';
import type { JudgedRoute } from './load-users.ts';

const CONFIDENCE = 0.999;

export function routeReport(seen: JudgedRoute, outcome: Outcome): PageRouteReport {
  const { route, expected, whole, broken, lost, users, reason, startedAt, endedAt } = seen;
  const loads = whole + broken;
  return {
    ...{ name: route.name, host: route.host, expected: { ...expected }, loads, lost, outcome, reason },
    broken: shareOf(broken, loads),
    users: usersOf(seen),
    ...{ usersJudged: users !== undefined, alpha: ALPHA, beta: BETA, confidence: CONFIDENCE, startedAt, endedAt },
  };
}

/** Of first requests where those were judged, else of the pages that came. */
export function usersOf({ arms, users, pagesOf, whole, broken }: JudgedRoute): PageRouteReport['users'] {
  if (users) {
    const { samples } = users.split;
    return users.split.arms.map(({ name, declaredShare, count }) => ({
      ...{ version: name, declared: declaredShare },
      ...shareOf(count, samples),
    }));
  }
  const versions = [...new Set([...arms.map(({ version }) => version), ...pagesOf.keys()])];
  return versions.map((version) => ({
    version,
    declared: arms.find((arm) => arm.version === version)?.share ?? 0,
    ...shareOf(pagesOf.get(version) ?? 0, whole + broken),
  }));
}

export function shareOf(count: number, n: number) {
  const { low, high } = confidenceSequence(count, n, CONFIDENCE);
  return { count, share: n === 0 ? 0 : count / n, low, high };
}
