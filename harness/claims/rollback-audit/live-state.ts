/**
 * The objects of an Application as they are in the cluster, to be compared before a commit and after its revert. What the
 * API server keeps by itself (version, generation, times, owners of fields) and the status are left out; all else must be
 * the same, byte for byte, whoever wrote it.
 */
import type { KubeObject } from '../../../k8s/client/object.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { applicationStatus } from '../../scene/application.ts';
import type { Scene } from '../../scene/scene.ts';

/** `Kind namespace/name` -> its canonical JSON; undefined: it is not there. */
export type LiveState = ReadonlyMap<string, string | undefined>;

/** @throws HarnessError LIVE_STATE_UNKNOWN (exit 3): the Application names no object; those of the API */
export async function readLiveState(application: KubeObject | undefined, scene: Scene): Promise<LiveState> {
  const { resources = [] } = applicationStatus(application);
  if (resources.length === 0)
    throw environmentError('LIVE_STATE_UNKNOWN', 'the Application names none of its objects in its status', {
      where: `Application ${scene.application.namespace}/${scene.application.name}`,
      hint: 'Without them nobody can say whether the cluster is as it was.',
    });
  const scaled = await scaledByOthers(new Set(resources.flatMap(({ namespace }) => namespace ?? [])), scene);
  // a hook is made anew by every sync
  const lasting = resources.filter(({ hook }) => !hook);
  const entries = lasting.map(async ({ group = '', version = 'v1', kind, name, namespace = '' }) => {
    const apiVersion = group === '' ? version : `${group}/${version}`;
    const collection = await scene.client.locate({ apiVersion, kind, namespace });
    const object = await scene.client.get(collection, name);
    const place = namespace === '' ? name : `${namespace}/${name}`;
    // Istio's and the Gateway API's Gateway may have one name
    const alike = lasting.filter(
      (one) => one.kind === kind && one.name === name && (one.namespace ?? '') === namespace,
    );
    const shown = `${kind} ${place}${alike.length > 1 ? ` (${group})` : ''}`;
    const replicas = scaled.has(`${kind} ${namespace}/${name}`);
    return [shown, object && canonical(declaredPart(replicas ? withoutReplicas(object) : object))] as const;
  });
  return new Map(await Promise.all(entries));
}

/** `Kind namespace/name` of what an autoscaler sizes, under the load of the claim itself too. */
async function scaledByOthers(namespaces: ReadonlySet<string>, { client }: Scene): Promise<ReadonlySet<string>> {
  const lists = await Promise.all(
    [...namespaces].map(async (namespace) => {
      const scalers = await client.list({
        apiVersion: 'autoscaling/v2',
        resource: 'horizontalpodautoscalers',
        namespace,
      });
      return scalers.flatMap(({ spec }) => {
        const { kind, name } = (spec as { scaleTargetRef?: { kind?: string; name?: string } }).scaleTargetRef ?? {};
        return kind && name ? [`${kind} ${namespace}/${name}`] : [];
      });
    }),
  );
  return new Set(lists.flat());
}

function withoutReplicas(object: KubeObject): KubeObject {
  const { replicas: _replicas, ...spec } = (object.spec ?? {}) as Readonly<Record<string, unknown>>;
  return { ...object, spec };
}

/** Names of objects that differ, came or went. Values are not shown: there may be secrets among them. */
export function differences(before: LiveState, after: LiveState): readonly string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name) => {
    const [old, now] = [before.get(name), after.get(name)];
    if (old === now) return [];
    if (old === undefined) return [`${name} was not there before`];
    if (now === undefined) return [`${name} is gone`];
    return [`${name} differs at ${firstDifference(JSON.parse(old), JSON.parse(now))}`];
  });
}

const KEPT_BY_SERVER = new Set([
  'resourceVersion',
  'generation',
  'uid',
  'creationTimestamp',
  'managedFields',
  'selfLink',
]);

function declaredPart({ status: _status, metadata, ...object }: KubeObject): object {
  const kept = Object.entries(metadata).filter(([key]) => !KEPT_BY_SERVER.has(key));
  return { ...object, metadata: Object.fromEntries(kept) };
}

/** Members in the order of their names, so that equal objects are equal texts. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** As a JSON pointer. */
function firstDifference(before: unknown, after: unknown): string {
  if (!isTree(before) || !isTree(after)) return '';
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const key = keys.find((one) => JSON.stringify(before[one]) !== JSON.stringify(after[one]));
  return key === undefined ? '' : `/${key}${firstDifference(before[key], after[key])}`;
}

const isTree = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
