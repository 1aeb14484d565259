/** One route of the claim as the report has it. */
import type { PageRouteReport } from '../../../reports/model/page-report.ts';
import { confidenceSequence } from '../../stats/mixture-e-process.ts';
import type { Outcome } from '../../verdict/outcome.ts';
import { ALPHA, BETA } from './expected-share.ts';
import type { RouteSeen } from './load-route.ts';

const CONFIDENCE = 0.999;

export function routeReport(seen: RouteSeen, outcome: Outcome): PageRouteReport {
  const { route, expected, arms, whole, broken, lost, users, judgesUsers, reason, startedAt, endedAt } = seen;
  const loads = whole + broken;
  const versions = [...new Set([...arms.map(({ version }) => version), ...users.keys()])];
  return {
    ...{ name: route.name, host: route.host, expected: { ...expected }, loads, lost, outcome, reason },
    broken: shareOf(broken, loads),
    users: versions.map((version) => ({
      version,
      declared: arms.find((arm) => arm.version === version)?.share ?? 0,
      ...shareOf(users.get(version) ?? 0, loads),
    })),
    ...{ usersJudged: judgesUsers, alpha: ALPHA, beta: BETA, confidence: CONFIDENCE, startedAt, endedAt },
  };
}

export function shareOf(count: number, n: number) {
  const { low, high } = confidenceSequence(count, n, CONFIDENCE);
  return { count, share: n === 0 ? 0 : count / n, low, high };
}
