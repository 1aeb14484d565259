/**
 * What a simulated release costs, and the judge of the compiled path.
 * `node harness/bench/simulate.ts [rollouts] [judged measurements]` (default 20000 and 20000)
 */

import { judgeRuns } from '../simulation/judge-runs-for-tests.ts';
import {
  guardedOkShare,
  okShare,
  policy,
  quantileMs,
  referencePolicy,
  scenario,
} from '../simulation/policy-fixture.ts';
import { createSimulator } from '../simulation/simulate-release.ts';

const rollouts = Number(process.argv[2] ?? 20_000);
const judged = Number(process.argv[3] ?? 20_000);

const successCondition = 'result[0] >= 0.99';
const cases = [
  { what: 'reference, perfect canary', of: referencePolicy('1m', 2), meeting: scenario() },
  { what: 'reference, 0.5 % errors', of: referencePolicy('1m', 2), meeting: scenario({ canaryErrors: 0.005 }) },
  { what: 'reference, 5 % errors', of: referencePolicy('1m', 2), meeting: scenario({ canaryErrors: 0.05 }) },
  {
    what: 'p95 of a histogram',
    of: policy({
      query: quantileMs(0.95, '1m'),
      interval: '30s',
      failureLimit: 2,
      successCondition: 'result[0] < 500',
    }),
    meeting: scenario(),
  },
];

console.table(
  cases.map(({ what, of, meeting }) => {
    const { simulate } = createSimulator(of, meeting, 1);
    for (let run = 0; run < 500; run += 1) simulate(run);
    const before = process.cpuUsage();
    const startedMs = performance.now();
    for (let run = 0; run < rollouts; run += 1) simulate(run);
    const { user, system } = process.cpuUsage(before);
    return {
      what,
      'rollouts/s': Math.round(rollouts / ((performance.now() - startedMs) / 1000)),
      'rollouts per CPU second': Math.round(rollouts / ((user + system) / 1e6)),
      'MB resident': Math.round(process.memoryUsage().rss / 1e6),
    };
  }),
);

let measurements = 0;
let differences = 0;
for (let seed = 1; measurements < judged; seed += 1)
  for (const query of [okShare('30s'), guardedOkShare('1m'), quantileMs(0.95, '1m')]) {
    const of = policy({ query, interval: '7s', failureLimit: 1000, consecutiveErrorLimit: 1000, successCondition });
    const result = judgeRuns(of, scenario({ ratePerSecond: 3, canaryErrors: 0.1 }), seed, 20);
    measurements += result.measurements;
    differences += result.differences.length;
  }
console.log(`${measurements} measurements judged by the oracle: ${differences} differ`);
