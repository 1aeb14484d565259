/**
 * Does the traffic split as declared? Weighed while the requests come in, decided as soon as the error rates allow.
 *
 * failed: the hybrid e-value against the declared shares reached 1/alpha, or an arm answered that must get nothing.
 * passed: for every arm, "off by the margin" is rejected at beta on both sides.
 * inconclusive: neither within the cap or the time; too-many-unsigned where requests without a name suffice for that.
 * Before a verdict the guards ask whether requests were routed one by one; if not, the group means decide instead
 * (cluster-judgement.ts) and the verdict says so.
 */
import { type ClusterJudgement, createClusterJudgement } from './cluster-judgement.ts';
import { createGroupLedger } from './group-ledger.ts';
import type { Outcome } from './outcome.ts';
import { type GuardVerdict, isPerRequest, judgeRouting } from './routing-guards.ts';
import { createSplitEvidence } from './split-evidence.ts';
import { type SplitExpectation, validateSplitExpectation } from './split-expectation.ts';
import { type SplitReason, unsignedAreTooMany } from './split-findings.ts';
import { armsSoFar, type SplitVerdict, splitVerdict } from './split-verdict.ts';
import { createTrajectory } from './thinned-trajectory.ts';

export { ASSURANCE, type SplitArm, type SplitExpectation, validateSplitExpectation } from './split-expectation.ts';
export type { SplitVerdict } from './split-verdict.ts';

interface SplitDecision {
  readonly outcome: Outcome;
  readonly reason: SplitReason;
  /** Requests at the decision. */
  readonly n: number;
}

export interface SplitProgress {
  readonly n: number;
  readonly logE: number;
  readonly failLogE: number;
  readonly acceptLogLambda: number;
  readonly logLambdaHigh: number;
  readonly logLambdaLow: number;
  /** Requests after which an undecided test gives up. */
  readonly cap: number;
  readonly estimates: readonly {
    readonly name: string;
    readonly count: number;
    readonly share: number;
    /** What the acceptance tests have not excluded. */
    readonly low: number;
    readonly high: number;
  }[];
}

export interface SplitJudge {
  /**
   * The next request in START order. `arm`: what the receiver called itself; null when nobody signed (error, timeout).
   * A name that is not declared, or is declared with share 0, fails the split at once. `group`: connection or VU.
   * Returns the decision once there is one; requests after it are not counted.
   */
  observe(arm: string | null, group: string): SplitDecision | undefined;
  /** Ends it. Without a decision the outcome is inconclusive, for the reason given. */
  conclude(why: 'decided' | 'load-ended' | 'time-budget' | 'interrupted'): SplitVerdict;
  readonly progress: SplitProgress;
}

/** Throws the usage errors of validateSplitExpectation. */
export function createSplitJudge(expectation: SplitExpectation): SplitJudge {
  validateSplitExpectation(expectation);
  const { arms, lookEvery } = expectation;
  const indices = new Map(arms.map((arm, index) => [arm.name, index]));
  const evidence = createSplitEvidence(expectation);
  const ledger = createGroupLedger(arms.length);
  const trajectory = createTrajectory();
  let decision: SplitDecision | undefined;
  let stranger: string | undefined;
  let clusters: ClusterJudgement | undefined;
  let clusterGuard: GuardVerdict | undefined;
  let guards: readonly GuardVerdict[] = [];

  const decide = (outcome: Outcome, reason: SplitReason): SplitDecision => {
    decision = { outcome, reason, n: evidence.n };
    return decision;
  };

  /** Nothing came to a decision, and nobody stopped it. */
  const giveUp = (why: 'cap-reached' | 'load-ended' | 'time-budget'): SplitDecision =>
    decide('inconclusive', unsignedAreTooMany(expectation, evidence) ? 'too-many-unsigned' : why);

  const askClusters = (judgement: ClusterJudgement): SplitDecision | undefined => {
    const finding = judgement.evaluate(ledger, evidence.n);
    clusterGuard = {
      name: 'cluster-test',
      outcome: finding ?? 'inconclusive',
      sentence: `judged by the mean shares of ${ledger.groups} groups instead of by single requests`,
    };
    if (finding === 'passed') return decide('passed', 'cluster-within-margin');
    return finding === 'failed' ? decide('failed', 'cluster-e-value') : undefined;
  };

  /** Weighs everything there is; `final`: there will be no later look. */
  const look = (final: boolean): SplitDecision | undefined => {
    const capped = evidence.n >= evidence.cap;
    const isLast = final || capped;
    const isNew = evidence.level.n !== evidence.n;
    if (isNew || isLast) {
      const level = evidence.look(isLast);
      if (isNew) trajectory.add(level);
    }
    if (!clusters && (evidence.rejected || evidence.accepted)) {
      guards = judgeRouting(ledger, evidence);
      if (isPerRequest(guards) !== false) {
        return evidence.rejected ? decide('failed', 'e-value') : decide('passed', 'within-margin');
      }
      clusters = createClusterJudgement(expectation, evidence.n);
    }
    if (clusters && (final || capped || evidence.n >= clusters.nextAt)) askClusters(clusters);
    return decision ?? (capped ? giveUp('cap-reached') : undefined);
  };

  return {
    observe(arm, group) {
      if (decision) return decision;
      const index = arm === null ? -1 : indices.get(arm);
      if (arm !== null && (index === undefined || arms[index]!.share === 0)) {
        stranger = arm;
        evidence.add(index ?? -1);
        trajectory.add(evidence.look(true));
        return decide('failed', 'forbidden-arm');
      }
      evidence.add(index ?? -1);
      ledger.add(index ?? -1, group);
      return evidence.n % lookEvery === 0 ? look(false) : undefined;
    },
    conclude(why) {
      if (!decision && evidence.n > 0) look(true);
      if (!decision) {
        if (evidence.n === 0) decide('inconclusive', 'no-requests');
        else if (evidence.unknown === evidence.n) decide('inconclusive', 'no-attributed-requests');
        else if (why === 'interrupted') decide('inconclusive', why);
        else giveUp(why === 'decided' ? 'load-ended' : why);
      }
      guards = judgeRouting(ledger, evidence);
      return splitVerdict({
        expectation,
        evidence,
        decision: decision!,
        stranger,
        perRequest: clusters ? false : isPerRequest(guards),
        guards: clusterGuard ? [...guards, clusterGuard] : guards,
        ...(clusters ? { clusterInterval: (arm, refuted) => clusters!.interval(ledger, arm, refuted) } : {}),
        trajectory: trajectory.points(),
      });
    },
    get progress() {
      const { n, logE, logLambdaHigh, logLambdaLow } = evidence.level;
      const estimates = armsSoFar(expectation, evidence).map((arm) => ({
        name: arm.name,
        count: arm.count,
        share: arm.estimate,
        low: arm.decided.low,
        high: arm.decided.high,
      }));
      const { failLogE, acceptLogLambda, cap } = evidence;
      return {
        n: Math.max(n, evidence.n),
        logE,
        failLogE,
        acceptLogLambda,
        logLambdaHigh,
        logLambdaLow,
        cap,
        estimates,
      };
    },
  };
}
