/**
 * What the statistics cost: one request, one look at the evidence, the guards at a decision, and the reconstruction of
 * the share over time. `npm run bench -- statistics-throughput`
 */

import { createCoin } from '../stats/calibration-study.ts';
import { changeTime } from '../stats/change-time.ts';
import { segmentShares } from '../stats/segmentation.ts';
import { createGroupLedger } from '../verdict/group-ledger.ts';
import { judgeRouting } from '../verdict/routing-guards.ts';
import { createSplitEvidence } from '../verdict/split-evidence.ts';
import { ASSURANCE, type SplitExpectation } from '../verdict/split-judge.ts';

const REQUESTS = 1_000_000;

function expectation(shares: readonly number[]): SplitExpectation {
  const arms = shares.map((share, index) => ({ name: `v${index + 1}`, share }));
  return { arms, ...ASSURANCE.default, lookEvery: 20 };
}

/** Microseconds of CPU time for one of `times` calls: what else runs on the machine does not count. */
function microseconds(times: number, call: (i: number) => void): string {
  for (let i = 0; i < Math.min(times, 1000); i += 1) call(i);
  const before = process.cpuUsage();
  for (let i = 0; i < times; i += 1) call(i);
  const { user, system } = process.cpuUsage(before);
  return String(Number(((user + system) / times).toPrecision(3)));
}

const rows: { readonly what: string; readonly µs: string }[] = [];
for (const shares of [
  [0.9, 0.1],
  [0.4, 0.2, 0.2, 0.1, 0.1],
]) {
  const coin = createCoin(1);
  const lots = shares.flatMap((share, arm) => Array<number>(Math.round(share * 10)).fill(arm));
  const draw = (): number => lots[coin.below(lots.length)]!;
  const evidence = createSplitEvidence(expectation(shares));
  const ledger = createGroupLedger(shares.length);
  rows.push({
    what: `one request, ${shares.length} arms: evidence and group ledger`,
    µs: microseconds(REQUESTS, (i) => {
      const arm = draw();
      evidence.add(arm);
      ledger.add(arm, `vu${i % 350}`);
    }),
  });
  rows.push({ what: `one look, ${shares.length} arms`, µs: microseconds(100_000, () => void evidence.look()) });
  rows.push({
    what: `one look with 100 unsigned requests, ${shares.length} arms`,
    µs: (() => {
      for (let i = 0; i < 100; i += 1) evidence.add(-1);
      return microseconds(2000, () => void evidence.look());
    })(),
  });
  rows.push({
    what: `routing guards over 20,000 requests in 350 groups, ${shares.length} arms`,
    µs: (() => {
      const short = createSplitEvidence(expectation(shares));
      const groups = createGroupLedger(shares.length);
      for (let i = 0; i < 20_000; i += 1) {
        const arm = draw();
        short.add(arm);
        groups.add(arm, `vu${i % 350}`);
      }
      return microseconds(200, () => void judgeRouting(groups, short));
    })(),
  });
}
const coin = createCoin(2);
const hits = Uint8Array.from({ length: REQUESTS }, (_, i) => (coin.hit(i < REQUESTS / 2 ? 0.1 : 0.25) ? 1 : 0));
rows.push({
  what: 'share over time of 1,000,000 requests, pieces',
  µs: microseconds(3, () => void segmentShares(hits)),
});
rows.push({
  what: 'time of one change among 1,000,000 requests',
  µs: microseconds(3, () => void changeTime(hits, 0.1, 0.25, 0.99)),
});
console.table(rows);
