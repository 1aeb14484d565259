/**
 * An application that does not become Synced and Healthy because of what its own manifests say, in the words of whoever
 * refuses them: the API server, the Rollouts controller, the autoscaler. That is a verdict about them; anything else is not.
 */
import type { KubeObject } from '../../k8s/client/object.ts';
import { pointerTo, valueAt } from '../documents/json-pointer.ts';
import { formatPosition } from '../documents/yaml-source.ts';
import { EXIT, HarnessError } from '../errors/harness-error.ts';
import { parseManifestSet } from '../lint/manifest-set.ts';
import { emptyFields } from '../lint/schemas/empty-fields.ts';
import { unknownFieldFindings, unknownFields } from '../lint/schemas/unknown-fields.ts';
import { ROLLOUTS } from '../rollouts/rollout-object.ts';
import { applicationStatus } from '../scene/application.ts';
import type { Scene } from '../scene/scene.ts';

export const DELIVERY_REFUSED = 'DELIVERY_REFUSED';

const AUTOSCALERS = { apiVersion: 'autoscaling/v2', resource: 'horizontalpodautoscalers' } as const;
/** What is missing in the cluster is not theirs to bring. */
const MISSING =
  /no matches for kind|could not find the requested resource|failed to get api|not found|connection refused/i;

interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** @returns undefined where nobody refuses anything, as when pods do not start */
export async function refusedDelivery(
  { client, profile, source }: Pick<Scene, 'client' | 'profile' | 'source'>,
  application: KubeObject | undefined,
): Promise<HarnessError | undefined> {
  const namespaces = profile.namespaces.map(({ name }) => name);
  const rollouts = profile.addons.includes('argo-rollouts')
    ? await Promise.all(namespaces.map((namespace) => client.list({ ...ROLLOUTS, namespace })))
    : [];
  const autoscalers = await Promise.all(namespaces.map((namespace) => client.list({ ...AUTOSCALERS, namespace })));
  const refusals = [
    ...syncRefusals(application),
    ...(await droppedFields({ client, source }, application)),
    ...rollouts.flat().flatMap((rollout) =>
      conditionsOf(rollout)
        .filter(({ type, status }) => type === 'InvalidSpec' && status === 'True')
        .map(({ message = '' }) => `Rollout ${nameOf(rollout)}: ${message}`),
    ),
    ...autoscalers.flat().flatMap((autoscaler) =>
      conditionsOf(autoscaler)
        .filter(
          ({ type, status, reason }) => type === 'AbleToScale' && status === 'False' && reason === 'FailedGetScale',
        )
        .map(({ message = '' }) => `HorizontalPodAutoscaler ${nameOf(autoscaler)}: ${message}`),
    ),
  ];
  if (refusals.length === 0) return undefined;
  return new HarnessError(DELIVERY_REFUSED, EXIT.failed, refusals.join('; ').replaceAll(/\s+/g, ' '), {
    where: refusals[0]!.split(':')[0]!,
    hint: 'canaryproof lint says where in the manifests.',
  });
}

/** Objects that the API server did not take, when a sync had ended. */
function syncRefusals(application: KubeObject | undefined): string[] {
  const { operationState } = applicationStatus(application);
  if (operationState?.phase !== 'Failed' && operationState?.phase !== 'Error') return [];
  const failed = (operationState.syncResult?.resources ?? []).filter(({ status }) => status === 'SyncFailed');
  return failed
    .filter(({ message = '' }) => !MISSING.test(message))
    .map(({ kind, name, namespace, message = '' }) => `${kind} ${namespace ? `${namespace}/` : ''}${name}: ${message}`);
}

/**
 * Objects that a sync applied and that differ all the same, because the API server dropped fields that their kind lacks, or
 * the controller empty ones: the pinned schemas and types say which, and the live object that it did, as a cluster may have
 * newer ones.
 */
async function droppedFields(
  { client, source }: Pick<Scene, 'client' | 'source'>,
  application: KubeObject | undefined,
): Promise<string[]> {
  const { sync, operationState, resources = [] } = applicationStatus(application);
  if (sync?.status !== 'OutOfSync' || operationState?.phase !== 'Succeeded') return [];
  const set = parseManifestSet(source.manifests);
  const differing = resources.filter(({ status }) => status === 'OutOfSync');
  const dropped = differing.map(async ({ kind, name, namespace = '' }) => {
    const objects = set.objects.filter(
      (object) => object.kind === kind && object.name === name && ['', namespace].includes(object.namespace),
    );
    const findings = unknownFieldFindings({ ...set, objects });
    const left = [
      // one finding a field, in the same order
      ...objects
        .flatMap((object) => unknownFields(object))
        .map(({ path }, index) => ({ path, said: `${findings[index]!.sentence} (${findings[index]!.where})` })),
      ...objects.flatMap((object) =>
        emptyFields(object).map((path) => ({
          path,
          said: `${object.kind} ${namespace}/${name} sets ${path.join('.')} to an empty value (${formatPosition(object.positionOf(path))}), which the Rollouts controller leaves away`,
        })),
      ),
    ];
    if (left.length === 0) return [];
    const { apiVersion } = objects[0]!;
    const live = await client.get(await client.locate({ apiVersion, kind, namespace }), name);
    return left.filter(({ path }) => live !== undefined && valueAt(live, pointerTo(...path)) === undefined);
  });
  return (await Promise.all(dropped)).flat().map(({ said }) => `${said}, so Argo CD never finds it Synced`);
}

function conditionsOf({ status }: KubeObject): readonly Condition[] {
  return ((status as { conditions?: readonly Condition[] } | undefined)?.conditions ?? []).filter(Boolean);
}

function nameOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
