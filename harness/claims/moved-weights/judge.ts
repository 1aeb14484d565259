/**
 * Claim kind `moved-weights`: one load runs over all commits. Between them, when Argo CD is in sync and the proxies have had
 * their time, clients must get the shares of the commit; over all of it no request may be lost.
 */
import type { FindingReport, SplitReport } from '../../../reports/model/run-report.ts';
import type { Weights } from '../../documents/references.ts';
import { withWeights } from '../../profile/edit-manifests.ts';
import { APPLICATIONS, applicationStatus, isSynced } from '../../scene/application.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { subjectKeeps } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import { declaredSplit } from '../../scene/split-claim.ts';
import { type RolloutLoadResult, startRolloutLoad } from '../../traffic/recorded-load.ts';
import { judgeShares } from '../../traffic/share-verdict.ts';
import { placeLoad } from '../../traffic/traffic-path.ts';
import { combineOutcomes, onEvidence } from '../../verdict/combine.ts';
import { costOfSplit } from '../../verdict/split-cost.ts';
import { expectationOf } from '../../verdict/split-expectation.ts';
import { inWords, type MovedWeightsClaim } from './declaration.ts';

/** From Synced to every proxy: istiod gathers changes for a tenth of a second, and answers under way may take some more. */
const ARRIVES_MS = 2_000;
/** Of the mean requests to a pass: one split in a hundred needs more. */
const ENOUGH = 2.5;

interface Stretch {
  readonly move: Weights;
  readonly sha: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** @throws PromiseNotKept of a commit that is not synced; LOAD_SILENT (exit 3); the reason of the scene's signal */
export async function judgeMovedWeights(claim: MovedWeightsClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const arms = declaredSplit(scene, claim.split).arms;
  const ratePerSecond = scene.ratePerSecond ?? claim.path.ratePerSecond;
  const stretchOf = (move: Weights) =>
    arms.map(({ version, subset }) => ({ version, share: (move[subset ?? version] ?? 0) / 100 }));
  const lastsMs = claim.moves.map(
    (move) => (ENOUGH * costOfSplit(expectationOf({ arms: stretchOf(move) }, 'smoke')).passMean * 1000) / ratePerSecond,
  );
  const mostMs = lastsMs.reduce((sum, ms) => sum + ms + ARRIVES_MS + scene.profile.budgets.commitObservedMs, 0);
  const id = claim.id.replaceAll('/', '-');
  const load = startRolloutLoad(
    {
      ...{ id, title: `clients while the weights of ${claim.split.service} move`, service: claim.split.service },
      placed: await placeLoad(scene, id, claim.path, mostMs),
      versions: arms.map(({ version }) => version),
    },
    scene,
  );
  const stretches: Stretch[] = [];
  const declared = scene.source.files;
  try {
    await load.answered;
    for (const [index, move] of claim.moves.entries()) {
      const sha = await committed(withWeights(declared, claim.split.virtualService, move), inWords(move), scene);
      await scene.pause(ARRIVES_MS);
      const fromMs = scene.now();
      await scene.pause(lastsMs[index] ?? 0);
      stretches.push({ move, sha, fromMs, toMs: scene.now() });
    }
    await committed(declared, 'put back', scene);
    await scene.pause(ARRIVES_MS);
    const result = await load.stop();
    const splits = stretches.map(({ move, fromMs, toMs }, index) =>
      judgeShares(result.stream, {
        ...{ id: `${id}-${index + 1}`, claimId: claim.id, title: `after the commit of ${inWords(move)}` },
        ...{ path: claim.path.kind, assurance: 'smoke', ratePerSecond, fromMs, toMs, books: result.books },
        arms: stretchOf(move).map(({ version, share }) => ({ name: version, share })),
      }),
    );
    return resultOf(claim, { result, splits, stretches }, scene.now() - startedAt);
  } catch (error) {
    if (!scene.signal.aborted && scene.source.files !== declared)
      await scene.source.commit(declared, 'Put back: weights');
    throw error;
  } finally {
    await load.stop().catch(() => undefined);
  }
}

async function committed(files: Scene['source']['files'], what: string, scene: Scene): Promise<string> {
  const { client, application, profile, signal } = scene;
  const { sha } = await scene.source.commit(files, `Move traffic: ${what}`);
  await client.waitFor(
    { ...APPLICATIONS, namespace: application.namespace },
    application.name,
    (object) => isSynced(object, sha) && applicationStatus(object).operationState?.phase !== 'Running',
    subjectKeeps({
      what: `Application ${application.name} to be Synced at the commit of ${what}`,
      ...{ timeoutMs: profile.budgets.commitObservedMs, signal, layer: 'git' },
    }),
  );
  return sha;
}

interface Seen {
  readonly result: RolloutLoadResult;
  readonly splits: readonly SplitReport[];
  readonly stretches: readonly Stretch[];
}

function resultOf(claim: MovedWeightsClaim, { result, splits, stretches }: Seen, durationMs: number): ClaimResult {
  const { stream, books } = result;
  let lost = 0;
  // a program of its own that answers 5xx was not told to: that is lost as well
  for (const { status } of stream.entries()) if (status === 0 || status >= 500) lost += 1;
  const outcome = combineOutcomes([
    onEvidence(lost > 0 ? 'failed' : 'passed', books.outcome),
    ...splits.map((split) => split.outcome),
  ]);
  const wrong = splits.filter((split) => split.outcome !== 'passed');
  const moved = claim.moves.map(inWords).join(', then ');
  const lostSentence = `${lost === 0 ? 'None' : lost} of ${stream.length} requests ${lost === 1 ? 'was' : 'were'} lost while commits moved the weights to ${moved}.`;
  const sharesSentence =
    wrong.length === 0
      ? `Clients got the shares of each of ${splits.length} commits.`
      : wrong.map(({ title, sentence }) => `Clients ${title}: ${sentence}`).join(' ');
  return {
    claim: {
      ...{ id: claim.id, title: claim.title, outcome, durationMs },
      sentence: `${lostSentence} ${sharesSentence}`,
      details: stretches.map(({ move, sha }) => ({ label: inWords(move), value: `commit ${sha.slice(0, 12)}` })),
    },
    books: [books],
    splits,
    series: [result.series(claim.path.kind, splits[0]?.arms.at(-1)?.name ?? '')],
    findings: outcome === 'failed' ? findingsOf(claim, lost, lostSentence, wrong) : [],
  };
}

function findingsOf(
  { id }: MovedWeightsClaim,
  lost: number,
  lostSentence: string,
  wrong: readonly SplitReport[],
): readonly FindingReport[] {
  const common = { layer: 'observed', severity: 'error', where: id } as const;
  return [
    ...(lost === 0
      ? []
      : [
          {
            ...{ ...common, code: 'MOVE_LOST_REQUESTS', sentence: lostSentence },
            hint: 'Look at the access log of the gateway: NC or UH says that a subset had no endpoint when its weight came, UC that a pod closed.',
          },
        ]),
    ...wrong
      .filter(({ outcome }) => outcome === 'failed')
      .map(({ title, sentence }) => ({
        ...{ ...common, code: 'MOVE_NOT_OBSERVED', sentence: `Clients ${title}: ${sentence}` },
        hint: 'Compare Git, the VirtualService and what the gateway routes: the first that differs holds the old weights.',
      })),
  ];
}
