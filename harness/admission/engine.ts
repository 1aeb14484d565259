/** Kyverno as a claim needs it: there, with the policy looked at and registered. */
import { posix } from 'node:path';
import type { KubeObject } from '../../k8s/client/object.ts';
import { isRolledOut } from '../../k8s/client/readiness.ts';
import { seconds } from '../documents/figures.ts';
import { environmentError } from '../errors/harness-error.ts';
import { isReady, isRegistered, type PolicyKind, WEBHOOKS, whyNotReady } from '../kyverno/live-policy.ts';
import type { PolicyProblem } from '../kyverno/policy-problems.ts';
import { readApplication } from '../lint/argo/argo-application.ts';
import type { ManifestFile } from '../lint/manifest-set.ts';
import { isKept } from '../scene/environments-fault.ts';
import { subjectKeeps } from '../scene/promise.ts';
import type { Scene } from '../scene/scene.ts';

/** Where Kyverno is, and the Secrets and ConfigMaps that it may read. */
export const ENGINE = { namespace: 'kyverno', name: 'kyverno-admission-controller' } as const;

const KUSTOMIZATIONS = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** A policy, and how long Kyverno may take over it. */
export interface AwaitedPolicy {
  readonly kind: PolicyKind;
  readonly policy: string;
  readonly readyWithinMs: number;
}

/** @throws HarnessError POLICY_ENGINE_NOT_READY */
export async function requireEngine({ client }: Scene): Promise<void> {
  const { namespace, name } = ENGINE;
  const deployment = await client.get({ apiVersion: 'apps/v1', resource: 'deployments', namespace }, name);
  // one that is scaled to nothing takes its webhooks away, and everything is admitted
  if (isRolledOut(deployment) && Number(deployment?.spec?.replicas ?? 1) > 0) return;
  throw environmentError('POLICY_ENGINE_NOT_READY', `Deployment ${namespace}/${name} is not available`, {
    where: `${namespace}/${name}`,
    hint: 'While it is away policies are not asked, or nothing is admitted: look at its pods and their log.',
  });
}

type Ready =
  | { readonly policy: KubeObject; readonly problem?: never }
  | { readonly policy?: never; readonly problem: PolicyProblem };

/** @throws HarnessError of an environment that kept Kyverno from it; the scene's reason */
export async function readyPolicy({ kind, policy: name, readyWithinMs }: AwaitedPolicy, scene: Scene): Promise<Ready> {
  const what = `${kind.kind} ${name} to be ready`;
  const wait = waitFor(what, readyWithinMs, scene);
  const ready = await isKept(scene, scene.client.waitFor(kind.collection, name, isReady, wait));
  const policy = await scene.client.get(kind.collection, name);
  if (ready && policy) return { policy };
  return {
    problem: {
      ...{ code: 'POLICY_NOT_READY', outcome: 'failed' },
      sentence: `${what}: not within ${seconds(readyWithinMs)} (${whyNotReady(policy)})`,
      hint: 'Nothing was asked. Its conditions say what Kyverno makes of it; an expression that does not compile is in the log of Kyverno.',
    },
  };
}

/** The webhooks that Kyverno has registered, once this policy is among them or its time is up. */
export async function registration(
  { kind, policy, readyWithinMs }: AwaitedPolicy,
  scene: Scene,
): Promise<KubeObject | undefined> {
  const { collection, name } = WEBHOOKS;
  const wait = waitFor(`${kind.kind} ${policy} to be registered`, readyWithinMs, scene);
  const isMet = (object: KubeObject | undefined) => isRegistered(object, kind, policy);
  await isKept(scene, scene.client.waitFor(collection, name, isMet, wait));
  return scene.client.get(collection, name);
}

const waitFor = (what: string, timeoutMs: number, { signal }: Scene) =>
  subjectKeeps({ timeoutMs, what, signal, needsPodsOf: ENGINE.namespace });

/** What the Application renders: Kustomize is asked here, Helm has been already. */
export async function renderedManifests({
  source,
  profile,
  renderKustomization,
}: Pick<Scene, 'source' | 'profile' | 'renderKustomization'>): Promise<readonly ManifestFile[]> {
  const file = source.files.find(({ path }) => path === profile.source.application);
  const path = file && readApplication(file).sourcePath;
  if (path === undefined || !renderKustomization) return source.manifests;
  const names = KUSTOMIZATIONS.map((name) => posix.join(path, name));
  if (!source.files.some((one) => names.includes(one.path))) return source.manifests;
  return [{ path: `${path}/rendered.yaml`, text: await renderKustomization(path) }];
}
