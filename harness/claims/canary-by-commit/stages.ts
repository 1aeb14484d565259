/** One commit after the other: pushed, synced by Argo CD, taken by the proxies, and proven by clients before the next. */
import { describeHeld, sameHeld } from '../../ledger/layer-steps.ts';
import { weightsOf } from '../../lint/routes/declared-split.ts';
import type { RepositoryFile } from '../../profile/collect-repository.ts';
import { withWeightsCommit } from '../../profile/edit-values.ts';
import { APPLICATIONS, applicationStatus, isSynced } from '../../scene/application.ts';
import { subjectKeeps } from '../../scene/promise.ts';
import { proxiesHold } from '../../scene/proxies-hold.ts';
import type { Scene } from '../../scene/scene.ts';
import { declaredSplit } from '../../scene/split-claim.ts';
import { type CanaryByCommitClaim, commitOf, weightsAt } from './declaration.ts';
import type { RunningClients, Versions } from './running-clients.ts';

/** Between a proxy's acknowledgement and its workers: requests that it routes meanwhile are nobody's evidence. */
const ARRIVES_MS = 1_000;

export interface Stage {
  /** `reviews-v3 5 %`, or `the revert to reviews-v3 25 %`. */
  readonly name: string;
  readonly percent: number;
  readonly sha: string;
  /** Unix milliseconds. */
  readonly pushedMs: number;
  readonly syncedMs: number;
  readonly provenMs: number;
  /** What the commit renders to, where that is not what it says. */
  readonly rendersTo: { readonly held: string; readonly where: string } | undefined;
  readonly isProven: boolean;
}

export interface Asked {
  /** Part of names of files. */
  readonly key: string;
  readonly name: string;
  readonly message: string;
  readonly percent: number;
  readonly files: readonly RepositoryFile[];
}

/** The steps up, and the revert of the last. */
export function stepsAndRevert(
  claim: CanaryByCommitClaim,
  { files: declared, percent: declaredPercent }: Pick<Asked, 'files' | 'percent'>,
): readonly Asked[] {
  const { canary, steps } = claim;
  const up = steps.map((percent, index): Asked => {
    const name = `${canary} ${percent} %`;
    const files = withWeightsCommit(declared, commitOf(claim, percent));
    return { key: `${index + 1}`, name, message: `Move traffic: ${name}`, percent, files };
  });
  const last = up.at(-1);
  const before = up.at(-2) ?? { percent: declaredPercent, files: declared };
  const name = `the revert to ${canary} ${before.percent} %`;
  return [...up, { ...before, key: 'reverted', name, message: `Revert "${last?.message}"` }];
}

/** @throws PromiseNotKept of a commit that is not synced; the reason of the scene's signal */
export async function walkStage(
  claim: CanaryByCommitClaim,
  asked: Asked,
  { clients, versions }: { readonly clients: RunningClients; readonly versions: Versions },
  scene: Scene,
): Promise<Stage> {
  const { name, percent, key } = asked;
  const step = scene.progress.step(`${claim.id}: ${name}`);
  try {
    const commit = await scene.source.commit(asked.files, asked.message);
    await synced(commit.sha, name, scene);
    const syncedMs = scene.now();
    const split = declaredSplit(scene, claim.split);
    const declared = weightsOf(split);
    await proxiesHold(claim.split, scene);
    await scene.pause(ARRIVES_MS);
    step.update('proxies have it, clients are asked');
    const isProven = await clients.ask({
      ...{ name: key, title: `traffic after the commit of ${name}` },
      arms: [
        { name: versions.stable, share: 1 - percent / 100 },
        { name: versions.canary, share: percent / 100 },
      ],
    });
    if (isProven) step.done(`proven ${Math.round((scene.now() - commit.pushedAt) / 1000)} s after the push`);
    else step.fail('clients did not get it');
    return {
      ...{ name, percent, sha: commit.sha, pushedMs: commit.pushedAt, syncedMs, provenMs: scene.now(), isProven },
      rendersTo: sameHeld(declared, weightsAt(claim, percent))
        ? undefined
        : { held: describeHeld(declared), where: `${split.file}:${split.line}` },
    };
  } catch (error) {
    step.fail(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
    throw error;
  }
}

export async function synced(
  sha: string,
  what: string,
  { client, application, profile, signal }: Scene,
): Promise<void> {
  await client.waitFor(
    { ...APPLICATIONS, namespace: application.namespace },
    application.name,
    (object) => isSynced(object, sha) && applicationStatus(object).operationState?.phase !== 'Running',
    subjectKeeps({
      what: `Application ${application.name} to be Synced at the commit of ${what}`,
      ...{ timeoutMs: profile.budgets.commitObservedMs, signal, layer: 'git' },
    }),
  );
}
