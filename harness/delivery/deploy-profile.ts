/** Brings a profile's application into a running cluster, through Git and Argo CD as its authors meant it. */

import { parseAllDocuments } from 'yaml';
import { makeNamespace } from '../../k8s/client/make-namespace.ts';
import type { KubeObject } from '../../k8s/client/object.ts';
import { containerStatuses, isPodReady, isRolledOut } from '../../k8s/client/readiness.ts';
import { environmentError, type HarnessError } from '../errors/harness-error.ts';
import type { RepositoryFile } from '../profile/collect-repository.ts';
import { isRolloutSettled, ROLLOUTS } from '../rollouts/rollout-object.ts';
import { APPLICATIONS, applicationStatus, isSynced, isSyncedAndHealthy } from '../scene/application.ts';
import { environmentKeeps } from '../scene/promise.ts';
import type { Scene } from '../scene/scene.ts';
import { publishDeclared } from '../signing/publish-declared.ts';
import { giveClientTokens } from './client-token.ts';
import { finishRollouts } from './finish-rollouts.ts';
import { refusedDelivery } from './refused-delivery.ts';

/** The Application manifest among the repository's files, as an object. */
export function applicationObject(files: readonly RepositoryFile[], path: string): KubeObject {
  const text = files.find((file) => file.path === path)?.text ?? '';
  const objects = parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
  const application = objects.find((object) => object?.kind === 'Application');
  if (!application)
    throw environmentError('APPLICATION_MISSING', `${path} holds no Argo CD Application`, { where: path });
  return application;
}

/**
 * Makes the namespaces, signs the images of the run's registry, applies the Application and waits for Synced, Healthy and pods ready.
 * @throws HarnessError DELIVERY_REFUSED (exit 1) where their own manifests stand in the way; DEPLOY_NOT_SYNCED,
 *   DEPLOY_PODS_NOT_READY with what else does
 */
export async function deployProfile(scene: Scene, revision: string): Promise<void> {
  const { client, profile, progress, signal, recorder, application } = scene;
  await Promise.all(
    profile.namespaces.map(({ name, istioInjection }) =>
      makeNamespace(client, name, { signal, ...(istioInjection ? { labels: { 'istio-injection': 'enabled' } } : {}) }),
    ),
  );
  await giveClientTokens(scene);
  await publishDeclared(scene);
  const step = progress.step('Argo CD syncs the application');
  const manifest = applicationObject(scene.source.files, profile.source.application);
  await client.apply([manifest]);
  recorder.event('Argo CD', `Application ${application.name} applied`);
  const applications = { ...APPLICATIONS, namespace: application.namespace };
  let last: KubeObject | undefined;
  const finisher = finishRollouts(scene, () => isSynced(last, revision));
  const deployed = async (): Promise<void> => {
    await client
      .waitFor(
        applications,
        application.name,
        (object) => {
          last = object;
          finisher.look();
          const { sync, health } = applicationStatus(object);
          step.update(`${sync?.status ?? 'not compared yet'}, ${health?.status ?? 'health unknown'}`);
          return isSyncedAndHealthy(object, revision);
        },
        // before any claim: what cannot be delivered cannot be judged, and the whole run says why
        environmentKeeps({
          timeoutMs: profile.budgets.applicationSyncedMs,
          what: `Application ${application.name} to be Synced and Healthy`,
          signal,
        }),
      )
      .catch(async (cause: unknown) => {
        step.fail('not Synced and Healthy');
        signal.throwIfAborted();
        throw (
          (await refusedDelivery(scene, last)) ?? notSynced(application.name, last, await waitingPods(scene), cause)
        );
      });
    step.done('Synced and Healthy');
    recorder.event('Argo CD', `${application.name} Synced and Healthy`, `revision ${revision.slice(0, 12)}`);
    await waitForPods(scene);
  };
  try {
    await Promise.race([deployed(), finisher.failed]);
  } finally {
    await finisher.stop();
  }
}

/** Of the profile's namespaces, each with what it waits for. */
async function waitingPods({ client, profile }: Scene): Promise<readonly string[]> {
  const lists = profile.namespaces.map(async ({ name }) => {
    const pods = await client.list({ apiVersion: 'v1', resource: 'pods', namespace: name }).catch(() => []);
    return pods.filter((pod) => !isPodReady(pod)).map(describeWaitingPod);
  });
  return (await Promise.all(lists)).flat();
}

function notSynced(
  name: string,
  application: KubeObject | undefined,
  waiting: readonly string[],
  cause: unknown,
): HarnessError {
  const { sync, health, conditions, operationState, resources = [] } = applicationStatus(application);
  const differing = resources.filter(({ status }) => status === 'OutOfSync').map((one) => `${one.kind} ${one.name}`);
  const reasons = [...(conditions ?? []).map((c) => `${c.type}: ${c.message}`), operationState?.message ?? ''];
  return environmentError(
    'DEPLOY_NOT_SYNCED',
    [
      `Application ${name} is ${sync?.status ?? 'not compared'} and ${health?.status ?? 'of unknown health'}`,
      ...(differing.length === 0
        ? []
        : [`${differing.join(', ')} ${differing.length === 1 ? 'differs' : 'differ'} from Git`]),
      ...(waiting.length === 0 ? [] : [`not ready: ${waiting.join('; ')}`]),
    ].join(': '),
    { where: `argocd/${name}`, hint: reasons.filter(Boolean).join('; ') || 'See its events with kubectl.', cause },
  );
}

/**
 * Waits until every Deployment and Rollout of the profile's namespaces is rolled out and no pod of an older one is left.
 * @throws HarnessError DEPLOY_PODS_NOT_READY with what each waiting pod waits for
 */
export async function waitForPods(scene: Scene): Promise<void> {
  const { client, profile, signal } = scene;
  const step = scene.progress.step('pods');
  for (const { name: namespace } of profile.namespaces) {
    const workloads = [
      { collection: { apiVersion: 'apps/v1', resource: 'deployments', namespace }, isReady: isRolledOut },
      ...(profile.addons.includes('argo-rollouts')
        ? [{ collection: { ...ROLLOUTS, namespace }, isReady: isRolloutSettled }]
        : []),
    ];
    const lists = workloads.map(async ({ collection, isReady }) =>
      (await client.list(collection)).map(({ metadata: { name } }) => ({ collection, isReady, name })),
    );
    const wanted = (await Promise.all(lists)).flat();
    let ready = 0;
    const waits = wanted.map(async ({ collection, isReady, name }) => {
      const what = `${collection.resource} ${namespace}/${name} to be rolled out`;
      const wait = environmentKeeps({ timeoutMs: profile.budgets.podsReadyMs, what, signal });
      await client.waitFor(collection, name, isReady, wait);
      ready += 1;
      step.update(`${ready} of ${wanted.length} workloads ready in ${namespace}`);
    });
    const failed = (await Promise.allSettled(waits)).find((result) => result.status === 'rejected');
    if (!failed) continue;
    step.fail('not ready in time');
    signal.throwIfAborted();
    const pods = await client.list({ apiVersion: 'v1', resource: 'pods', namespace });
    const waiting = pods.filter((pod) => !isPodReady(pod)).map(describeWaitingPod);
    throw environmentError(
      'DEPLOY_PODS_NOT_READY',
      `pods of ${namespace} are not ready: ${waiting.join('; ') || String(failed.reason)}`,
      {
        where: namespace,
        hint: "The messages are the kubelet's; `kubectl describe pod` shows more.",
        cause: failed.reason,
      },
    );
  }
  step.done('every container ready');
}

function describeWaitingPod(pod: KubeObject): string {
  const reasons = containerStatuses(pod)
    .filter((status) => !status.ready)
    .map(({ name, state }) =>
      `${name} ${state?.waiting?.reason ?? 'not ready'} ${state?.waiting?.message ?? ''}`.trim(),
    );
  return `${pod.metadata.name} (${reasons.join(', ') || 'not started'})`;
}
