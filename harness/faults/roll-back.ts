/**
 * The fault `rollback`: Git loses an object by a commit, Argo CD deploys that, and is then rolled back to the deployment
 * before, as `argocd app rollback` does it: by a sync of the revision and the source of an entry of its history, with
 * automated sync off. The object is back, and Git has never heard of it.
 */

import type { KubeObject } from '../../k8s/client/object.ts';
import { refreshUntil } from '../delivery/refresh-application.ts';
import { type HarnessError, usageError } from '../errors/harness-error.ts';
import { withoutObject } from '../profile/edit-manifests.ts';
import type { Fault } from '../profile/faults.ts';
import { APPLICATIONS, applicationStatus, isSyncedAndHealthy } from '../scene/application.ts';
import { environmentKeeps } from '../scene/promise.ts';
import type { Scene } from '../scene/scene.ts';

type Rollback = NonNullable<Fault['rollback']>;

/**
 * While automated sync is on.
 * @returns the commit to roll back to
 * @throws HarnessError MANIFEST_OBJECT_MISSING (exit 2), WAIT_TIMEOUT
 */
export async function commitWithout({ without }: Rollback, scene: Scene): Promise<string> {
  const before = scene.source.repository.commits.at(-1)?.sha ?? '';
  const files = withoutObject(scene.source.files, without);
  const { sha } = await scene.source.commit(files, `Fault: without ${without.kind} ${without.name}`);
  await refreshUntil(scene, {
    what: `Argo CD to apply commit ${sha.slice(0, 12)}`,
    met: (object) => isSyncedAndHealthy(object, sha),
  });
  return before;
}

/**
 * When automated sync is off.
 * @throws HarnessError FAULT_NO_HISTORY (exit 2), WAIT_TIMEOUT
 */
export async function rollBackTo(
  commit: string,
  { client, application, profile, signal, recorder }: Scene,
): Promise<void> {
  const applications = { ...APPLICATIONS, namespace: application.namespace };
  const waits = { timeoutMs: profile.budgets.applicationSyncedMs, signal };
  // what is asked for beside one that runs is lost when that one ends
  const idle = await client.waitFor(
    applications,
    application.name,
    isIdle,
    environmentKeeps({ what: 'the operation that Argo CD is at to end', ...waits }),
  );
  const { history = [] } = applicationStatus(idle);
  const target = history.findLast(({ revision }) => revision === commit);
  if (!target) throw noHistory(commit, application);
  const last = history.at(-1)?.id;
  await client.patch(applications, application.name, 'merge', {
    operation: {
      initiatedBy: { username: 'canaryproof' },
      sync: { revision: commit, prune: true, source: target.source, syncStrategy: { apply: {} } },
    },
  });
  await client.waitFor(
    applications,
    application.name,
    (object) => {
      const newest = applicationStatus(object).history?.at(-1);
      return newest?.revision === commit && newest.id !== last;
    },
    environmentKeeps({ what: `Argo CD to be rolled back to id ${target.id}`, ...waits }),
  );
  recorder.event('harness', `fault: Argo CD rolled back to id ${target.id}`, `commit ${commit.slice(0, 12)}`);
}

const isIdle = (object: (KubeObject & { readonly operation?: unknown }) | undefined): boolean =>
  object?.operation === undefined && applicationStatus(object).operationState?.phase !== 'Running';

function noHistory(commit: string, { namespace, name }: Scene['application']): HarnessError {
  return usageError(
    'FAULT_NO_HISTORY',
    `Argo CD's history holds no deployment of ${commit.slice(0, 12)} to go back to`,
    {
      where: `Application ${namespace}/${name}`,
      hint: 'On a kept cluster whose objects were as that commit says already, Argo CD had nothing to deploy: run `canaryproof down` first. Else its revisionHistoryLimit must be at least 2.',
    },
  );
}
