/**
 * A pod in the mesh from which clients can call a Rollout while it is replaced: of its pod template, with a sidecar of its
 * own, and under labels that neither the Rollout's selector nor a Service knows. Pods of the Rollout itself do not outlive
 * it. Nothing of it is in Git, and Argo CD leaves alone what it did not make.
 */
import type { KubeObject } from '../../../k8s/client/object.ts';
import { isPodReady } from '../../../k8s/client/readiness.ts';
import type { TrafficPath } from '../../documents/references.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { environmentKeeps } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';

const LABEL = 'canaryproof.dev/client';
const PODS = { apiVersion: 'v1', resource: 'pods' } as const;

export interface ClientPod extends AsyncDisposable {
  /** Labels that no other pod has. */
  readonly labels: Readonly<Record<string, string>>;
}

/** @throws HarnessError WAIT_TIMEOUT when it does not become ready */
export async function openClientPod(rollout: KubeObject, scene: Scene): Promise<ClientPod> {
  const { client, profile, signal } = scene;
  const pod = clientPodOf(rollout);
  const { name, namespace, labels = {} } = pod.metadata;
  const pods = { ...PODS, namespace };
  const open: ClientPod = {
    labels,
    async [Symbol.asyncDispose]() {
      await client.delete(pods, name);
    },
  };
  const wait = { timeoutMs: profile.budgets.podsReadyMs, signal };
  const what = `the client pod ${namespace}/${name}`;
  // of a run that was killed: a pod cannot be changed into another one
  await client.delete(pods, name);
  await client.waitFor(
    pods,
    name,
    (live) => live === undefined,
    environmentKeeps({ ...wait, what: `${what} of before to be gone` }),
  );
  await client.apply([pod]);
  try {
    await client.waitFor(
      pods,
      name,
      (live) => live !== undefined && isPodReady(live),
      environmentKeeps({ ...wait, what: `${what} to be ready` }),
    );
  } catch (error) {
    await open[Symbol.asyncDispose]();
    throw error;
  }
  return open;
}

interface WorkloadReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/**
 * The Rollout with the pod template that it runs, where another object holds it (`spec.workloadRef`: a Deployment, a
 * ReplicaSet or a PodTemplate).
 * @throws HarnessError ROLLOUT_TEMPLATE_MISSING (exit 3)
 */
export async function withPodTemplate(rollout: KubeObject, { client }: Pick<Scene, 'client'>): Promise<KubeObject> {
  const { template, workloadRef } = rollout.spec as { template?: object; workloadRef?: WorkloadReference };
  if (template !== undefined || workloadRef === undefined) return rollout;
  const { apiVersion, kind, name } = workloadRef;
  const { namespace = '' } = rollout.metadata;
  const found = await client.get({ apiVersion, resource: `${kind.toLowerCase()}s`, namespace }, name);
  const held = kind === 'PodTemplate' ? found?.template : (found?.spec as { template?: unknown } | undefined)?.template;
  if (held === undefined)
    throw environmentError('ROLLOUT_TEMPLATE_MISSING', `there is no ${kind} ${namespace}/${name} with a pod template`, {
      where: `Rollout ${namespace}/${rollout.metadata.name}, spec.workloadRef`,
    });
  return { ...rollout, spec: { ...(rollout.spec as object), template: held } };
}

/** Whether a path's clients would start in pods that the Rollout makes. Pure. */
export function startsInPodsOf({ spec }: KubeObject, path: TrafficPath): path is TrafficPath & { kind: 'mesh' } {
  const { template } = spec as { template: { metadata?: { labels?: Readonly<Record<string, string>> } } };
  const labels = template.metadata?.labels ?? {};
  return path.kind === 'mesh' && Object.entries(path.from).every(([key, value]) => labels[key] === value);
}

/** Pure. */
export function clientPodOf({ metadata, spec }: KubeObject): KubeObject & { metadata: { namespace: string } } {
  const { template } = spec as { template: { metadata?: { annotations?: object }; spec: object } };
  const name = `${metadata.name}-client`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: metadata.namespace ?? '',
      labels: { app: name, [LABEL]: metadata.name },
      annotations: { ...template.metadata?.annotations },
    },
    // gone at once: nobody waits for its answers
    spec: { ...template.spec, terminationGracePeriodSeconds: 1 },
  };
}
