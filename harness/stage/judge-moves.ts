/**
 * A Rollout that moves under load: while it is promoted, aborted, undone, superseded, restarted and scaled, every request
 * is answered. Each error is named by the gateway's response flag; the budget is none.
 */
import type { BooksReport, FindingReport, SplitReport } from '../../reports/model/run-report.ts';
import { seconds } from '../documents/figures.ts';
import type { StagedTarget } from '../documents/references.ts';
import type { LayersRead } from '../rollouts/layers/rollout-layers.ts';
import { type DeclaredRollout, takesWeights } from '../rollouts/rollout-object.ts';
import type { ClaimResult } from '../scene/claim-result.ts';
import type { Scene } from '../scene/scene.ts';
import { heatMapOf, percentilesOf, trackOf } from '../traffic/latency-bins.ts';
import { judgeShares, leakFreeMs } from '../traffic/share-verdict.ts';
import { LOSSES_SHARED } from '../traffic/shared-losses.ts';
import { combineOutcomes, onEvidence } from '../verdict/combine.ts';
import { canaryClusterOf, errorLedger, lostIn, type MovingStretch } from './error-ledger.ts';
import { openGatewayLog } from './gateway-log.ts';
import { createPhaseRunner, type PhaseRunner, SHORT_STEPS } from './moving-phases.ts';
import { openMovingStage } from './moving-stage.ts';
import { sayWaiting } from './say-waiting.ts';
import { CANARY_VERSION, STABLE_VERSION, type Stage } from './stage.ts';

/** Proxies, and answers under way, need so long after the Rollout says that it is done. */
const ARRIVES_MS = 2_000;

/** One thing that happens to the Rollout while it serves. */
export interface Move {
  /** As the report calls it. */
  readonly name: string;
  run(runner: PhaseRunner, stage: Stage): Promise<void>;
}

export interface Moves {
  /** Pods of the copy. */
  readonly replicas: number;
  readonly moves: readonly Move[];
  /** Whether a release must be between nothing and everything for one of them. */
  readonly midway: boolean;
  /** Whether the stable version must answer alone when all is done. */
  readonly endsStable: boolean;
}

/** Short ones where a release takes weights; where it goes to everybody at once, it does that here, too. */
const stepsToMove = (declared: DeclaredRollout) => (takesWeights(declared) ? SHORT_STEPS : []);

/** @throws what opening the stage, its load and each move throw; the reason of the scene's signal when that aborts */
export async function judgeMoves(
  claim: StagedTarget,
  { replicas, moves, midway, endsStable }: Moves,
  scene: Scene,
): Promise<ClaimResult> {
  const startedAt = scene.now();
  await using gatewayLog = await openGatewayLog(scene);
  await using moving = await openMovingStage(
    claim,
    { replicas, allAtOnce: !midway, plan: (declared) => ({ steps: stepsToMove(declared), background: undefined }) },
    scene,
  );
  const { stage, load } = moving;
  const movedMs = scene.now();
  const runner = createPhaseRunner(moving, replicas, scene);
  const stretches: MovingStretch[] = [];
  for (const { name, run } of moves) {
    const step = scene.progress.step(`${claim.id}: ${name}`);
    const fromMs = scene.now();
    try {
      const waiting = { what: name, stream: load.stream, now: scene.now, say: (text: string) => step.update(text) };
      await moving.under(() => sayWaiting(waiting, () => run(runner, stage)));
    } catch (error) {
      step.fail(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
      throw error;
    }
    stretches.push({ phase: name, fromMs, toMs: scene.now() });
    step.done();
  }
  const undoneMs = scene.now() + ARRIVES_MS;
  // the last pods to leave, and the proof that only the stable version answers
  await scene.pause(ARRIVES_MS + leakFreeMs('smoke', claim.ratePerSecond));
  const stoppedMs = scene.now();
  const { stream, books } = await load.stop();
  const ledger = errorLedger(stream, await gatewayLog.errors(stage.host, movedMs), {
    title: `Errors while ${claim.rollout.name} moved (${claim.id})`,
    stretches,
    canaryCluster: canaryClusterOf(stage.rollout),
    stableVersion: STABLE_VERSION,
    stoppedMs,
  });
  const lost = lostIn(ledger);
  const layers = moving.layers.blame([{ path: 'ingress', load }]);
  const split = endsStable
    ? judgeShares(stream, {
        id: `${stage.namespace}-after`,
        claimId: claim.id,
        title: 'after undo',
        path: 'ingress',
        arms: [
          { name: STABLE_VERSION, share: 1 },
          { name: CANARY_VERSION, share: 0 },
        ],
        assurance: 'smoke',
        ratePerSecond: claim.ratePerSecond,
        fromMs: undoneMs,
        toMs: stoppedMs,
        books,
      })
    : undefined;
  const outcome = combineOutcomes([
    onEvidence(lost > 0 ? 'failed' : 'passed', books.outcome),
    ...(split ? [split.outcome] : []),
  ]);
  const track = trackOf(STABLE_VERSION);
  const achieved = Math.round(books.generator.achievedPerSecond);
  return {
    claim: {
      id: claim.id,
      title: claim.title,
      outcome,
      sentence: [
        `${lost === 0 ? 'None' : lost} of ${stream.length} requests at ${achieved}/s ${lost === 1 ? 'was' : 'were'} lost over ${stretches.map(({ phase }) => phase).join(', ')}.`,
        ...(lost > 0 ? [lossesInWords(ledger.rows)] : []),
        ...(split ? [split.sentence] : []),
      ].join(' '),
      details: [
        ...stretches.map(({ phase, fromMs, toMs }) => ({ label: phase, value: seconds(toMs - fromMs) })),
        layers.detail,
      ],
      durationMs: scene.now() - startedAt,
    },
    errorLedgers: [ledger],
    books: [books],
    ...(split ? { splits: [split] } : {}),
    heatMaps: [heatMapOf(`Latency while ${claim.rollout.name} moved`, stream, track)],
    percentiles: [percentilesOf(`Latency while ${claim.rollout.name} moved`, stream, track)],
    // where the environment lost them the books say so, and nothing is the Rollout's
    findings: redFindings(claim, { lost, books, rows: ledger.rows, split }, layers),
  };
}

interface Red {
  readonly lost: number;
  readonly books: BooksReport;
  readonly rows: Rows;
  readonly split: SplitReport | undefined;
}

/** A wrong share has a layer that parts first; lost requests have their own names, and are blamed beside it. */
function redFindings(claim: StagedTarget, { lost, books, rows, split }: Red, layers: LayersRead): FindingReport[] {
  const losses = lost > 0 && !books.problemCodes?.includes(LOSSES_SHARED) ? [lossFinding(claim, rows, lost)] : [];
  if (split?.outcome !== 'failed' || !layers.blame) return losses;
  return [...layers.once([]), ...losses];
}

type Rows = ReturnType<typeof errorLedger>['rows'];

function lossesInWords(rows: Rows): string {
  const lost = rows.filter(({ injected }) => !injected);
  return `${lost.map(({ phase, count, status, flag, meaning }) => `${phase}: ${count} × ${status || 'no answer'} ${flag} (${meaning})`).join('; ')}.`;
}

function lossFinding(claim: StagedTarget, rows: Rows, lost: number): FindingReport {
  return {
    code: 'REQUESTS_LOST',
    layer: 'observed',
    severity: 'error',
    sentence: `${lost} requests were lost: ${lossesInWords(rows)}`,
    where: `Rollout ${claim.rollout.namespace}/${claim.rollout.name}`,
    hint: 'UH and UF point at endpoints that were gone, UC at connections closed under a request, NC and NR at routes.',
  };
}
