/** Data planes whose weights are not the declared ones, for a reason each, and those whose weights are. */
import type { Case, Row } from './case.ts';
import { CANARY, STABLE } from './data-plane.ts';
import { failedNear, judgedAs, passed, sameWeights } from './observations.ts';
import { type RouteAction, weighted } from './proxy-config.ts';
import { locateBlip } from './share-over-time.ts';
import type { Trial } from './trial.ts';

/** False alarm, and undecided or a pass at the cap: alpha 1e-6, beta 1e-3, P(cap | off by the margin) 4.8e-4. */
const FALSE_ALARM = 1e-6;
const MISS = 1.5e-3;

const split = (canary: number): RouteAction => weighted({ [STABLE]: 100 - canary, [CANARY]: canary });
const routesBy =
  (canary: number) =>
  ({ weights }: Trial): boolean =>
    weights.every((held) => sameWeights(held, { [STABLE]: 100 - canary, [CANARY]: canary }));

function wrongWeights(canary: number): Case {
  const name = `${100 - canary}/${canary} for 90/10`;
  const row: Row = {
    name,
    kind: 'mutant',
    reason: 'e-value; interval around the true share; the proxy holds the wrong weights (xDS)',
    errorRate: MISS,
    observe: failedNear(canary / 100, routesBy(canary)),
  };
  return { name, plane: { routes: [split(canary)] }, trial: {}, rows: [row] };
}

const unmutated: Case = {
  name: '90/10 as declared',
  plane: { routes: [split(10)] },
  trial: {},
  rows: [{ name: '90/10 as declared', kind: 'sound', reason: 'within the margin', errorRate: MISS, observe: passed }],
};

const stuck: Case = {
  name: 'stuck at the previous weight',
  plane: { routes: [split(10)] },
  trial: { declared: 0.25 },
  // 75/25 is offered with a cluster that does not exist: the proxy refuses it and goes on with 90/10.
  async prepare({ proxies }) {
    for (const proxy of proxies) await proxy.offerBadRoute(weighted({ [STABLE]: 75, [CANARY]: 15, missing: 10 }));
  },
  rows: [
    {
      name: 'stuck at the previous weight',
      kind: 'mutant',
      reason:
        'e-value; interval around the previous share; the proxy refused the update and holds the old weights (xDS)',
      errorRate: MISS,
      observe: failedNear(0.1, routesBy(10)),
    },
  ],
};

const stale: Case = {
  name: 'one of three proxies stale',
  plane: { routes: [split(10), split(10), split(0)] },
  trial: { mostRequests: 12_000 },
  rows: [
    {
      name: 'one of three proxies stale',
      kind: 'mutant',
      reason: 'e-value, of requests or of connections; the third proxy alone holds other weights (xDS)',
      errorRate: MISS,
      observe({ split: { outcome, reason }, weights }) {
        const right = weights.map((held) => sameWeights(held, { [STABLE]: 90, [CANARY]: 10 }));
        const asExpected = outcome === 'failed';
        const rightReason = asExpected && reason.endsWith('e-value') && right.join() === 'true,true,false';
        return { asExpected, rightReason, said: `${outcome} (${reason}); proxies right: ${right.join(', ')}` };
      },
    },
  ],
};

const blip: Case = {
  name: 'two seconds of 50/50 in mid-step',
  plane: { routes: [split(10)] },
  trial: {
    mostRequests: 8000,
    wholeStep: true,
    async meanwhile({ proxies: [proxy] }) {
      // before the test can have excluded a share on either side of the margin: what comes later may find it decided
      await pause(1500);
      const began = await proxy!.changeRoute(split(50));
      await pause(2000);
      return [began, await proxy!.changeRoute(split(10))];
    },
  },
  rows: [
    {
      name: 'two seconds of 50/50 in mid-step',
      kind: 'mutant',
      reason:
        'not passed; the reconstruction finds one undeclared piece, both ends within 0.25 s of when the proxy took them',
      errorRate: MISS,
      observe(trial) {
        const { outcome, reason } = trial.split;
        const located = locateBlip(trial, 0.5);
        const asExpected = outcome !== 'passed';
        return { asExpected, rightReason: asExpected && located, said: `${outcome} (${reason}), located: ${located}` };
      },
    },
  ],
};

/** Half a second: 500 stable answers come in before the first of the canary. */
const SLOW = { latencyMs: 500 };

const slowRight: Case = {
  name: 'slow canary, split right',
  plane: { routes: [split(10)], canary: SLOW },
  trial: { usualMaxMs: 600 },
  rows: [
    {
      name: 'slow canary, split right',
      kind: 'sound',
      reason: 'within the margin: judged in start order',
      errorRate: MISS,
      observe: passed,
    },
    {
      name: 'slow canary, split right, judged as requests complete',
      kind: 'control',
      reason: 'fails a split that is right',
      errorRate: FALSE_ALARM,
      observe({ completed }) {
        const outcome = judgedAs(completed.map(({ arm }) => arm));
        return { asExpected: outcome === 'failed', rightReason: outcome === 'failed', said: outcome };
      },
    },
  ],
};

const slowWrong: Case = {
  name: 'slow canary, split 85/15',
  plane: { routes: [split(15)], canary: SLOW },
  trial: { usualMaxMs: 600 },
  rows: [
    {
      name: 'slow canary, split 85/15',
      kind: 'mutant',
      reason: 'e-value; interval around the true share',
      errorRate: MISS,
      observe: failedNear(0.15, routesBy(15)),
    },
  ],
};

export const WEIGHT_CASES: readonly Case[] = [
  unmutated,
  wrongWeights(12),
  wrongWeights(15),
  wrongWeights(8),
  stuck,
  stale,
  blip,
  slowRight,
  slowWrong,
];

/** Time is the mutant here: how long the wrong weight stays in force. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
