/**
 * Claim kind `image-tag-commit`: CI commits an image tag; Argo CD sees it by its own poll, applies it, and a canary
 * starts. The end of the way is the first answer of the new version, as clients get it. The commit is reverted then.
 */

import type { KubeObject } from '../../../k8s/client/object.ts';
import { askForRefresh } from '../../delivery/refresh-application.ts';
import { seconds } from '../../documents/figures.ts';
import { releaseInWords } from '../../documents/references.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { withRelease } from '../../profile/release.ts';
import { isRolloutSettled, ROLLOUTS, rolloutStatus } from '../../rollouts/rollout-object.ts';
import { APPLICATIONS, applicationStatus, isAutomated } from '../../scene/application.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { isKept } from '../../scene/environments-fault.ts';
import { environmentKeeps, type SubjectsWait, subjectKeeps, type Wait } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import { startRolloutLoad } from '../../traffic/recorded-load.ts';
import type { RolloutStream } from '../../traffic/recorded-stream.ts';
import { placeLoad } from '../../traffic/traffic-path.ts';
import { onEvidence } from '../../verdict/combine.ts';
import type { ImageTagCommitClaim } from './declaration.ts';
import { layersOf } from './rollout-layers.ts';

/** Time for the load beyond the limit: the wait before the commit and the undoing after. */
const MARGIN_MS = 180_000;
const LOOK_MS = 100;
/** Who answers without the commit must be on record. */
const BEFORE_MS = 2_000;

interface Milestone {
  readonly label: string;
  readonly atMs: number | undefined;
}

export async function judgeImageTag(claim: ImageTagCommitClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const { client, application } = scene;
  const applications = { ...APPLICATIONS, namespace: application.namespace };
  if (!isAutomated(await client.get(applications, application.name)))
    return failed(claim, `Automated sync of Application ${application.name} is off, so no commit starts anything.`, 0);
  const before = await settled(claim, scene);
  const id = claim.id.replaceAll('/', '-');
  const placed = await placeLoad(scene, id, claim.path, claim.limitMs + MARGIN_MS);
  const load = startRolloutLoad(
    {
      id,
      title: `${claim.service} while a tag is committed`,
      placed,
      service: claim.service,
      versions: [claim.release.version],
    },
    scene,
  );
  const over = new AbortController();
  await using cleanUp = new AsyncDisposableStack();
  try {
    await load.answered;
    const files = scene.source.files;
    const seen = followCommit(
      claim,
      scene,
      rolloutStatus(before).currentHash,
      AbortSignal.any([scene.signal, over.signal]),
    );
    const layers = cleanUp.use(
      await layersOf(claim, before, placed, AbortSignal.any([scene.signal, over.signal]), scene),
    );
    await scene.pause(BEFORE_MS);
    refuseAnswered(load.stream, claim);
    const commit = await scene.source.commit(
      withRelease(files, claim.release),
      `Release ${releaseInWords(claim.release)}`,
    );
    const answeredAt = await firstAnswer(load.stream, claim, commit.pushedAt + claim.limitMs, scene);
    const late = answeredAt === undefined || answeredAt - commit.pushedAt > claim.limitMs;
    const read = late ? layers?.blame([{ path: claim.path.kind, load }]) : undefined;
    over.abort();
    await seen.done;
    await scene.source.commit(files, `Revert: release ${releaseInWords(claim.release)}`);
    // how long the poll takes was measured above
    await askForRefresh(scene);
    const { stableHash } = rolloutStatus(before);
    const isBack = (rollout: KubeObject | undefined) =>
      isRolloutSettled(rollout) && rolloutStatus(rollout).stableHash === stableHash;
    const restored = await isKept(scene, awaitSettled(claim, scene, isBack, subjectKeeps));
    const { books } = await load.stop();
    const milestones: Milestone[] = [
      { label: 'OutOfSync', atMs: seen.outOfSyncAt },
      { label: 'canary started', atMs: seen.canaryAt },
      { label: `first answer of ${claim.release.version}`, atMs: answeredAt },
    ];
    for (const { label, atMs } of milestones)
      if (atMs !== undefined)
        scene.recorder.event('delivery', label, `${seconds(atMs - commit.pushedAt)} after the push`);
    const problems = [
      ...(late ? [`no answer of ${claim.release.version} within ${seconds(claim.limitMs)} of the push`] : []),
      ...(read?.blame ? [read.blame.first.said] : []),
      ...(restored ? [] : ['the reverted commit was not rolled out in time']),
    ];
    const took = ({ label, atMs }: Milestone) =>
      `${label} ${atMs === undefined ? 'not seen' : `after ${seconds(atMs - commit.pushedAt)}`}`;
    return {
      claim: {
        id: claim.id,
        title: claim.title,
        outcome: onEvidence(problems.length === 0 ? 'passed' : 'failed', books.outcome),
        sentence: `${'image' in claim.release ? `Tag ${claim.release.tag}` : releaseInWords(claim.release)}: ${milestones.map(took).join(', ')} (limit ${seconds(claim.limitMs)})${problems.length > 0 ? `; ${problems.join('; ')}` : ''}.`,
        details: [
          { label: 'commit', value: commit.sha },
          ...milestones.map((milestone) => ({
            label: milestone.label,
            value: took(milestone).slice(milestone.label.length + 1),
          })),
        ],
        durationMs: scene.now() - startedAt,
      },
      books: [books],
      findings: read?.blame ? read.once([]) : [],
    };
  } finally {
    over.abort();
    await load.stop().catch(() => undefined);
  }
}

/** A version that answers already answers in time whatever becomes of its commit. @throws HarnessError RELEASE_ANSWERS_ALREADY */
function refuseAnswered(stream: RolloutStream, { release: { version }, rollout }: ImageTagCommitClaim): void {
  const before = [...stream.entries()].filter((entry) => entry.version === version).length;
  if (before === 0) return;
  throw environmentError(
    'RELEASE_ANSWERS_ALREADY',
    `${version} gave ${before} of ${stream.length} answers before its commit, so that its first one would show nothing`,
    {
      where: `Rollout ${rollout.namespace}/${rollout.name}`,
      hint: 'Something else runs that version behind the Service, or an earlier run left it: name a tag that nobody runs.',
    },
  );
}

/** Watches the Application leave Synced and the Rollout take a new template. */
function followCommit(claim: ImageTagCommitClaim, scene: Scene, oldHash: string | undefined, signal: AbortSignal) {
  const seen: { outOfSyncAt?: number; canaryAt?: number } = {};
  const { client, application, now } = scene;
  const onApplication = (_type: string, object: KubeObject) => {
    if (applicationStatus(object).sync?.status === 'OutOfSync') seen.outOfSyncAt ??= now();
  };
  const onRollout = (_type: string, object: KubeObject) => {
    const { currentHash } = rolloutStatus(object);
    if (currentHash !== undefined && currentHash !== oldHash) seen.canaryAt ??= now();
  };
  const field = (name: string) => `metadata.name=${name}`;
  const { namespace, name } = claim.rollout;
  const watches = Promise.all([
    client.watch({ ...APPLICATIONS, namespace: application.namespace }, onApplication, signal, field(application.name)),
    client.watch({ ...ROLLOUTS, namespace }, onRollout, signal, field(name)),
  ]);
  return {
    get outOfSyncAt() {
      return seen.outOfSyncAt;
    },
    get canaryAt() {
      return seen.canaryAt;
    },
    done: watches.catch((error: unknown) => {
      if (!signal.aborted) throw error;
    }),
  };
}

/** Start of the first request that the new version answered; undefined when there was none until the deadline. */
async function firstAnswer(
  stream: RolloutStream,
  claim: ImageTagCommitClaim,
  deadline: number,
  scene: Scene,
): Promise<number | undefined> {
  for (let next = 0; ; ) {
    for (; next < stream.length; next += 1) {
      const { version, startMs } = stream.at(next);
      if (version === claim.release.version) return startMs;
    }
    scene.signal.throwIfAborted();
    if (scene.now() > deadline) return undefined;
    await scene.pause(LOOK_MS);
  }
}

function awaitSettled(
  { rollout: { namespace, name } }: ImageTagCommitClaim,
  scene: Scene,
  met: (rollout: KubeObject | undefined) => boolean,
  whose: (asked: SubjectsWait) => Wait,
): Promise<KubeObject | undefined> {
  const asked = {
    timeoutMs: scene.profile.budgets.podsReadyMs,
    what: `Rollout ${namespace}/${name} to be settled`,
    signal: scene.signal,
    needsPodsOf: namespace,
  };
  return scene.client.waitFor({ ...ROLLOUTS, namespace }, name, met, whose(asked));
}

/** @throws HarnessError ROLLOUT_MISSING, WAIT_TIMEOUT */
async function settled(claim: ImageTagCommitClaim, scene: Scene): Promise<KubeObject> {
  const rollout = await awaitSettled(claim, scene, isRolloutSettled, environmentKeeps);
  if (rollout) return rollout;
  const { namespace, name } = claim.rollout;
  throw environmentError('ROLLOUT_MISSING', `there is no Rollout ${namespace}/${name}`);
}

function failed(claim: ImageTagCommitClaim, sentence: string, durationMs: number): ClaimResult {
  return { claim: { id: claim.id, title: claim.title, outcome: 'failed', sentence, details: [], durationMs } };
}
