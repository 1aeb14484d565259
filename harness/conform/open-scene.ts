/** The scene of a conformance run: its own Git repository, the record of what was routed when, an ingress that answers. */
import path from 'node:path';
import { kindOf } from '../claims/declarations.ts';
import { CONTROL_PATHS, openControlRoute } from '../delivery/control-route.ts';
import { DELIVERY_REFUSED } from '../delivery/refused-delivery.ts';
import { EXIT, environmentError, HarnessError } from '../errors/harness-error.ts';
import { statusOfHost } from '../evidence/ask-host.ts';
import { createGitRepository } from '../evidence/git-repository.ts';
import { measureIdleCores } from '../evidence/idle-cores.ts';
import { earlierReport } from '../history/earlier-run.ts';
import { readApplication } from '../lint/argo/argo-application.ts';
import type { RunningCluster } from '../ports/cluster.ts';
import type { Progress } from '../ports/progress.ts';
import { pause } from '../process/pause.ts';
import type { RepositoryFile } from '../profile/collect-repository.ts';
import type { Profile } from '../profile/profile.ts';
import type { RunDirectory } from '../run-directory/run-directory.ts';
import { withRunRepository } from '../scene/application.ts';
import { createGitSource, type RenderManifests } from '../scene/git-source.ts';
import { createOnce } from '../scene/once.ts';
import type { Scene } from '../scene/scene.ts';
import { createTimelineRecorder } from '../scene/timeline-recorder.ts';

export interface SceneParts {
  readonly profile: Profile;
  readonly cluster: RunningCluster;
  readonly directory: RunDirectory;
  readonly files: readonly RepositoryFile[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly client: Scene['client'];
  readonly load: Scene['load'];
  readonly openBrowser: Scene['openBrowser'];
  readonly assurance: Scene['assurance'];
  readonly ratePerSecond: Scene['ratePerSecond'];
  readonly cores: number;
  readonly renderKustomization: ((directory: string) => Promise<string>) | undefined;
  readonly renderManifests: RenderManifests | undefined;
  readonly cosign: Scene['cosign'];
  now(): number;
}

/** Makes the run's repository and pushes what the profile declares. */
export async function createScene(parts: SceneParts): Promise<Scene> {
  const { profile, cluster, directory, files, progress, signal, now } = parts;
  const recorder = createTimelineRecorder(now, (event) => directory.recordEvent({ type: 'timeline', ...event }));
  // a repository of this run only: a cluster that is used again must not see an earlier run's commits
  const repository = await createGitRepository(
    { bareDirectory: cluster.git.directory, baseUrl: cluster.git.url, name: `${profile.name}-${directory.id}` },
    path.join(directory.path, 'git'),
    now,
  );
  const source = createGitSource(
    repository,
    (commit) => recorder.event('Git', commit.message, commit.sha.slice(0, 12)),
    parts.renderManifests,
  );
  await source.commit(
    withRunRepository(files, profile.source.application, repository.url),
    `The state that ${profile.name} declares`,
  );
  const manifest = files.find((file) => file.path === profile.source.application);
  const application = readApplication(manifest ?? { path: profile.source.application, text: '' });
  return {
    profile,
    cluster,
    client: parts.client,
    source,
    application: { name: application.name, namespace: application.namespace },
    recorder,
    progress,
    signal,
    load: parts.load,
    ...(parts.openBrowser ? { openBrowser: parts.openBrowser } : {}),
    evidence: directory,
    assurance: parts.assurance,
    ratePerSecond: parts.ratePerSecond,
    cores: parts.cores,
    idleCores: () => measureIdleCores(parts.cores, (ms) => pause(ms, signal)),
    ...(parts.renderKustomization
      ? { renderKustomization: renderer(parts.renderKustomization, path.join(directory.path, 'git')) }
      : {}),
    ...(parts.cosign ? { cosign: parts.cosign } : {}),
    earlierReport: (isWanted) => earlierReport(directory.path, profile.name, isWanted),
    phases: [],
    once: createOnce(),
    now,
    pause: (ms) => pause(ms, signal),
  };
}

const renderer = (render: (directory: string) => Promise<string>, workTree: string) => (folder: string) =>
  render(path.join(workTree, folder));

/** @throws HarnessError DELIVERY_REFUSED where the gateway answers others, and INGRESS_SILENT where it does not */
export async function ingressAnswers(scene: Scene): Promise<void> {
  const path = scene.profile.claims
    .flatMap((claim) => kindOf(claim).paths?.(claim) ?? [])
    .find((candidate) => candidate.kind === 'ingress');
  const base = scene.cluster.ingressUrl;
  if (!path || base === undefined) return;
  const step = scene.progress.step('ingress answers');
  const deadline = scene.now() + scene.profile.budgets.ingressAnswersMs;
  for (;;) {
    scene.signal.throwIfAborted();
    const status = await statusOfHost(base, path.host ?? new URL(base).host, path.path);
    if (status === 200) break;
    if (scene.now() > deadline) {
      step.fail(`last status ${status || 'none'}`);
      const seconds = scene.profile.budgets.ingressAnswersMs / 1000;
      // every pod is ready: what is between the gateway and them is their routes
      if ((status === 404 || status === 503) && (await gatewayAnswersOthers(scene, base)))
        throw new HarnessError(
          DELIVERY_REFUSED,
          EXIT.failed,
          `for ${seconds} s clients of ${path.host ?? base}${path.path} got ${status}, though every pod is ready and the gateway answers others`,
          {
            where: path.path,
            hint: 'Look at the hosts, the routes and the Services of the VirtualService; lint says which are missing.',
          },
        );
      throw environmentError(
        'INGRESS_SILENT',
        `the ingress did not answer 200 within ${scene.profile.budgets.ingressAnswersMs / 1000} s`,
        {
          where: base + path.path,
          hint: 'Look at the Gateway and the VirtualService of the ingress, and at the pods behind it.',
        },
      );
    }
    await scene.pause(100);
  }
  step.done(base + path.path);
}

async function gatewayAnswersOthers(scene: Scene, base: string): Promise<boolean> {
  await using route = await openControlRoute(scene);
  if (!route) return false;
  const deadline = scene.now() + scene.profile.budgets.routesAppliedMs;
  while (scene.now() < deadline) {
    if ((await statusOfHost(base, route.host, CONTROL_PATHS.gateway)) === 200) return true;
    await scene.pause(LOOK_AGAIN_MS);
  }
  return false;
}

const LOOK_AGAIN_MS = 200;
