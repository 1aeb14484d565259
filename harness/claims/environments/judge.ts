/**
 * Claim kind `environments`: an ApplicationSet makes one Application for each environment, each following a branch of
 * its own. One change, written for all of them, is merged from branch to branch, as a promotion is; after each merge the
 * environment of that branch moves, and no other.
 */

import type { KubeObject } from '../../../k8s/client/object.ts';
import { applicationObject } from '../../delivery/deploy-profile.ts';
import { refreshUntil } from '../../delivery/refresh-application.ts';
import { pointedAt, repositoryObject } from '../../delivery/repository-object.ts';
import { seconds } from '../../documents/figures.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { withImageTag } from '../../profile/image-tag.ts';
import { ROLLOUTS } from '../../rollouts/rollout-object.ts';
import { APPLICATIONS, applicationStatus, isSyncedAndHealthy } from '../../scene/application.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { isKept } from '../../scene/environments-fault.ts';
import { subjectKeeps } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import type { Environment, EnvironmentsClaim } from './declaration.ts';

const APPLICATION_SETS = { apiVersion: 'argoproj.io/v1alpha1', resource: 'applicationsets' } as const;
const MAIN = 'main';
const CHANGE = 'canaryproof-change';

interface EnvironmentState {
  readonly revision: string;
  readonly image: string;
}

export async function judgeEnvironments(claim: EnvironmentsClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const { source, client } = scene;
  const namespace = scene.application.namespace;
  const before = source.files;
  const set = pointedAt(repositoryObject(before, claim.applicationSet, 'ApplicationSet'), source.repository.url);
  const problems: string[] = [];
  const details: { label: string; value: string }[] = [];
  try {
    for (const { branch } of claim.environments) if (branch !== MAIN) await source.repository.branch(branch, MAIN);
    await client.apply([set]);
    problems.push(...(await missingApplications(claim, scene)));
    if (problems.length === 0) {
      await requireUnreleased(claim, scene);
      const changed = claim.environments.reduce((files, { release }) => withImageTag(files, release), before);
      await source.repository.branch(CHANGE, MAIN);
      await source.repository.commitTo(CHANGE, changed, `Release ${claim.environments[0]?.release.tag}`);
      let from = CHANGE;
      for (const environment of claim.environments) {
        const moved = await promote(from, environment, claim, scene);
        details.push({ label: `merge of ${from} into ${environment.branch}`, value: moved.sentence });
        if (!moved.met) problems.push(`merge of ${from} into ${environment.branch}: ${moved.sentence}`);
        from = environment.branch;
      }
    }
  } finally {
    await restore(claim, set, scene);
  }
  return {
    claim: {
      id: claim.id,
      title: claim.title,
      outcome: problems.length === 0 ? 'passed' : 'failed',
      sentence:
        problems.length === 0
          ? `${claim.environments.length} Applications of ${set.metadata.name} were Synced and Healthy; ${details.map(({ label, value }) => `${label} ${value}`).join('; ')}.`
          : `${problems.join('; ')}.`,
      details,
      durationMs: scene.now() - startedAt,
    },
    findings: problems.map((sentence) => ({
      code: 'ENVIRONMENT_NOT_ALONE',
      layer: 'git',
      severity: 'error',
      sentence,
      where: `ApplicationSet ${namespace}/${set.metadata.name}`,
    })),
  };
}

/** Applications that are not Synced and Healthy in time, each with what it says of itself. */
async function missingApplications({ environments }: EnvironmentsClaim, scene: Scene): Promise<string[]> {
  const collection = { ...APPLICATIONS, namespace: scene.application.namespace };
  const step = scene.progress.step('environments');
  const found = await Promise.all(
    environments.map(async ({ application, branch }) => {
      let last: KubeObject | undefined;
      const ready = (object: KubeObject | undefined) => {
        last = object;
        const follows = (object?.spec as { source?: { targetRevision?: string } } | undefined)?.source?.targetRevision;
        return follows === branch && isSyncedAndHealthy(object, applicationStatus(object).sync?.revision ?? '');
      };
      const met = await isKept(
        scene,
        scene.client.waitFor(
          collection,
          application,
          ready,
          subjectKeeps({
            timeoutMs: scene.profile.budgets.applicationSyncedMs,
            what: `Application ${application} to be Synced and Healthy`,
            signal: scene.signal,
          }),
        ),
      );
      const { sync, health } = applicationStatus(last);
      const { source } = (last?.spec ?? {}) as { source?: { targetRevision?: string } };
      if (!met && last && source?.targetRevision !== branch)
        return [`Application ${application} follows ${source?.targetRevision ?? 'no branch'} and not ${branch}`];
      return met
        ? []
        : [`Application ${application} is ${sync?.status ?? 'missing'} and ${health?.status ?? 'unknown'}`];
    }),
  );
  step.done(`${found.filter((one) => one.length === 0).length} of ${environments.length} ready`);
  return found.flat();
}

/** What an environment has already nobody sees arrive. @throws HarnessError RELEASE_THERE_ALREADY (exit 3) */
async function requireUnreleased({ environments }: EnvironmentsClaim, scene: Scene): Promise<void> {
  for (const environment of environments) {
    const { application, branch, release } = environment;
    const { image } = await stateOf(environment, scene);
    if (image.endsWith(`:${release.tag}`))
      throw environmentError(
        'RELEASE_THERE_ALREADY',
        `${application} has ${image} before anything is merged into ${branch}, so that nobody would see it move`,
        { where: application, hint: 'An earlier run left it, or Git declares that tag: name another one.' },
      );
  }
}

/** Merges, waits until the environment of that branch has the new image, and looks at the others then. */
async function promote(
  from: string,
  environment: Environment,
  { environments }: EnvironmentsClaim,
  scene: Scene,
): Promise<{ readonly met: boolean; readonly sentence: string }> {
  const states = async () => Promise.all(environments.map((one) => stateOf(one, scene)));
  const before = await states();
  const { branch, release, application } = environment;
  const commit = await scene.source.repository.merge(from, branch, `Merge ${from} into ${branch}`);
  scene.recorder.event('Git', `merge ${from} into ${branch}`, commit.sha.slice(0, 12));
  const isReleased = (rollout: KubeObject | undefined) => imageOf(rollout).endsWith(`:${release.tag}`);
  const moved = await isKept(
    scene,
    scene.client.waitFor(
      { ...ROLLOUTS, namespace: environment.namespace },
      environment.rollout,
      isReleased,
      subjectKeeps({
        timeoutMs: scene.profile.budgets.commitObservedMs,
        what: `${environment.rollout} in ${environment.namespace} to get ${release.tag}`,
        signal: scene.signal,
      }),
    ),
  );
  const tookMs = scene.now() - commit.pushedAt;
  // what the others would do, they have had as long for; every Application is asked to look again, so that none is late
  await Promise.all(environments.map((one) => refreshed(one, scene)));
  const after = await states();
  const others = environments.flatMap((one, index) => {
    const [old, now] = [before[index], after[index]];
    return one === environment || (old?.revision === now?.revision && old?.image === now?.image)
      ? []
      : [one.application];
  });
  if (!moved) return { met: false, sentence: `did not move ${application} in ${seconds(tookMs)}` };
  if (others.length > 0) return { met: false, sentence: `moved ${others.join(', ')} as well as ${application}` };
  return { met: true, sentence: `moved ${application} alone, after ${seconds(tookMs)}` };
}

async function stateOf({ application, namespace, rollout }: Environment, scene: Scene): Promise<EnvironmentState> {
  const [made, live] = await Promise.all([
    scene.client.get({ ...APPLICATIONS, namespace: scene.application.namespace }, application),
    scene.client.get({ ...ROLLOUTS, namespace }, rollout),
  ]);
  return { revision: applicationStatus(made).sync?.revision ?? '', image: imageOf(live) };
}

/** Argo CD has compared with Git. */
function refreshed({ application }: Environment, scene: Scene): Promise<void> {
  const what = `Application ${application} to be compared with Git`;
  return refreshUntil(scene, {
    what,
    application,
    timeoutMs: scene.profile.budgets.commitObservedMs,
    whose: 'subject',
  });
}

function imageOf(rollout: KubeObject | undefined): string {
  const spec = rollout?.spec as { template?: { spec?: { containers?: { image?: string }[] } } } | undefined;
  return spec?.template?.spec?.containers?.[0]?.image ?? '';
}

/** The set goes and takes its Applications along; the profile's own Application comes back from the earlier commit. */
async function restore(claim: EnvironmentsClaim, set: KubeObject, scene: Scene): Promise<void> {
  const { client, source, application, profile } = scene;
  const applications = { ...APPLICATIONS, namespace: application.namespace };
  const { budgets } = profile;
  const head = await source.commit(source.files, 'Revert: promotion through the environments');
  await client.delete({ ...APPLICATION_SETS, namespace: application.namespace }, set.metadata.name);
  await Promise.all(
    claim.environments.map(({ application: name }) =>
      client.waitFor(
        applications,
        name,
        (object) => object === undefined,
        subjectKeeps({
          timeoutMs: budgets.removedObjectGoneMs,
          what: `Application ${name} to go with its ApplicationSet`,
          signal: scene.signal,
        }),
      ),
    ),
  );
  await client.apply([applicationObject(source.files, profile.source.application)]);
  await client.waitFor(
    applications,
    application.name,
    (object) => isSyncedAndHealthy(object, head.sha),
    subjectKeeps({
      timeoutMs: budgets.applicationSyncedMs,
      what: `Application ${application.name} to be Synced and Healthy again`,
      signal: scene.signal,
    }),
  );
}
