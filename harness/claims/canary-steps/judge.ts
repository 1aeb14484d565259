/**
 * Claim kind `canary-steps`: a commit of an image tag starts a canary, and clients of every path see the declared steps,
 * one by one. The weights are reconstructed from the answers; the Rollout's own status only says when it is over.
 */

import { askForRefresh } from '../../delivery/refresh-application.ts';
import { releaseInWords, type TrafficPath } from '../../documents/references.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { withRelease } from '../../profile/release.ts';
import { stepsInGit } from '../../rollouts/declared-in-git.ts';
import { sidecarsOf } from '../../rollouts/layers/proxy-routes.ts';
import { openRolloutLayers } from '../../rollouts/layers/rollout-layers.ts';
import { versionNow } from '../../rollouts/pod-versions.ts';
import { replayAnalysis } from '../../rollouts/replay-analysis.ts';
import { ended } from '../../rollouts/rollout-end.ts';
import { isRolloutSettled, ROLLOUTS, readRollout, rolloutStatus } from '../../rollouts/rollout-object.ts';
import { watchRollout } from '../../rollouts/rollout-watch.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { environmentKeeps } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import { type RunningLoad, startRolloutLoad } from '../../traffic/recorded-load.ts';
import { leakFreeMs } from '../../traffic/share-verdict.ts';
import { type PlacedLoad, placeLoad } from '../../traffic/traffic-path.ts';
import { firstUnhealthy } from '../../verdict/environment-health.ts';
import { openClientPod, startsInPodsOf, withPodTemplate } from './client-pod.ts';
import type { CanaryStepsClaim } from './declaration.ts';
import { followRollout } from './follow-rollout.ts';
import { canaryStepsResult } from './result.ts';
import { judgeSteps } from './step-verdict.ts';

export async function judgeCanarySteps(claim: CanaryStepsClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const { namespace, name } = claim.rollout;
  const live = await scene.client.get({ ...ROLLOUTS, namespace }, name);
  if (!live) throw environmentError('ROLLOUT_MISSING', `there is no Rollout ${namespace}/${name}`);
  const rollout = readRollout(live);
  const over = new AbortController();
  const watch = watchRollout(scene.client, rollout, scene.now, AbortSignal.any([scene.signal, over.signal]));
  const loads: RunningLoad[] = [];
  await using pods = new AsyncDisposableStack();
  try {
    await watch.until(
      (seen) => isRolloutSettled(seen.rollout),
      environmentKeeps({
        what: `Rollout ${name} to be settled before the canary`,
        timeoutMs: scene.profile.budgets.podsReadyMs,
      }),
    );
    const stableVersion = await versionNow(claim.rollout, scene);
    const git = await stepsInGit(name, claim.release.file, scene);
    // pods of the Rollout are replaced by it, and clients in them with them
    const whole = await withPodTemplate(live, scene);
    const inOwnPods = claim.paths.some((path) => startsInPodsOf(whole, path));
    const from = inOwnPods ? pods.use(await openClientPod(whole, scene)).labels : {};
    const placed = await Promise.all(
      claim.paths.map((path) => placePath(claim, startsInPodsOf(whole, path) ? { ...path, from } : path, scene)),
    );
    const layers = pods.use(
      await openRolloutLayers(
        {
          ...{ watch, rollout, git, hosts: claim.paths.flatMap(ingressHost) },
          sidecars: claim.paths.flatMap((path, i) => sidecarsOf(path, placed[i]!)),
          versions: () => [stableVersion, claim.release.version],
        },
        scene,
      ),
    );
    for (const [i, path] of claim.paths.entries())
      loads.push(startPath(claim, path.kind, placed[i]!, stableVersion, scene));
    await Promise.all(loads.map((load) => load.answered));
    // before and after, one version must be on record as the only one
    const alone = Math.max(
      ...claim.paths.map((path) => leakFreeMs(scene.assurance, scene.ratePerSecond ?? path.ratePerSecond)),
    );
    await scene.pause(alone);
    const oldHash = rolloutStatus(watch.rollout).stableHash;
    const commit = await scene.source.commit(
      withRelease(scene.source.files, claim.release),
      `Release ${releaseInWords(claim.release)}`,
    );
    // a commit would be seen at the next poll; how long the poll takes is another claim
    await askForRefresh(scene);
    const clients = claim.paths.map(({ kind: path }, i) => ({ path, load: loads[i]! }));
    await layers.under(clients, () => followRollout(claim, watch, oldHash, scene));
    const endedAt = scene.now();
    await scene.pause(alone);
    const results = await Promise.all(loads.map((load) => load.stop()));
    // those of earlier releases stay for a while, and Prometheus need not have their samples any more
    const runs = [...watch.runs.values()].filter(({ firstMs }) => firstMs >= commit.pushedAt);
    const analyses = (
      await Promise.all(runs.map((run) => replayAnalysis(run.object, `${namespace}/${name}`, scene)))
    ).flat();
    const end = ended(watch, oldHash);
    const judged = claim.paths.map((path, i) =>
      judgeSteps(
        {
          aborted: end === 'aborted',
          claim,
          path: path.kind,
          // what Git declares, whatever somebody made of the live object
          rollout: git ? { ...rollout, steps: git.steps } : rollout,
          stableVersion,
          assurance: scene.assurance,
          ratePerSecond: path.ratePerSecond,
        },
        results[i]!,
      ),
    );
    return canaryStepsResult({
      claim,
      rollout: git ? { ...rollout, steps: git.steps } : rollout,
      layers: layers.blame(clients),
      stableVersion,
      watch,
      judged,
      results,
      analyses,
      commitMs: commit.pushedAt,
      durationMs: scene.now() - startedAt,
      end,
      stall: firstUnhealthy(commit.pushedAt, endedAt, scene.environment),
    });
  } finally {
    over.abort();
    await Promise.all(loads.map((load) => load.stop().catch(() => undefined)));
  }
}

const ingressHost = (path: TrafficPath): readonly string[] =>
  path.kind === 'ingress' && path.host !== undefined ? [path.host] : [];

const loadId = (claim: CanaryStepsClaim, kind: TrafficPath['kind']) => `${claim.id.replaceAll('/', '-')}-${kind}`;

function placePath(claim: CanaryStepsClaim, path: TrafficPath, scene: Scene): Promise<PlacedLoad> {
  return placeLoad(scene, loadId(claim, path.kind), path, scene.profile.budgets.rolloutEndsMs + 60_000);
}

function startPath(
  claim: CanaryStepsClaim,
  kind: TrafficPath['kind'],
  placed: PlacedLoad,
  stableVersion: string,
  scene: Scene,
): RunningLoad {
  const title = `${claim.service} across the rollout, ${kind === 'mesh' ? 'in-mesh' : 'through the ingress'}`;
  const versions = [stableVersion, claim.release.version];
  return startRolloutLoad({ id: loadId(claim, kind), title, placed, service: claim.service, versions }, scene);
}
