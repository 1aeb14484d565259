/**
 * A controller that is known to be bad: the real one, of whose writes into its VirtualService something else is stored.
 * A webhook of this run answers for them, because a second writer would be healed by the controller at once, and two
 * that heal each other load the machine that is to be judged. The controller believes what it asked for.
 */
import type { KubeObject } from '../../../k8s/client/object.ts';
import { serverCertificate } from '../../../k8s/workload/server-certificate.ts';
import { environmentError } from '../../errors/harness-error.ts';
import type { FaultController } from '../../profile/fault-controller.ts';
import { type DeclaredRollout, ROLLOUTS, readRollout, VIRTUAL_SERVICES } from '../../rollouts/rollout-object.ts';
import type { Scene } from '../../scene/scene.ts';
import type { AdmissionLine, AdmissionOrders } from './admission-program.ts';
import { type RunningWebhook, runWebhook } from './run-webhook.ts';

const WEBHOOKS = { apiVersion: 'admissionregistration.k8s.io/v1', resource: 'mutatingwebhookconfigurations' } as const;
const PATH = '/writes';
/** Argo Rollouts' own manifests name it so. */
const CONTROLLER = 'system:serviceaccount:argo-rollouts:';
const TOUCHED = 'canaryproof.dev/fault';
const TOUCH_EVERY_MS = 250;
/** The API server learns of a webhook a moment later, and says nothing of it. */
const IN_FORCE_MS = 60_000;

export type RunWebhook = (
  argvPrefix: readonly string[],
  orders: AdmissionOrders,
  onLine: (line: AdmissionLine) => void,
) => Promise<RunningWebhook>;

const webhookOf = (fault: string): string => `canaryproof-fault-${fault}`;

/** What a harness that was killed leaves behind. */
export const webhookObject = (fault: string) => ({
  apiVersion: WEBHOOKS.apiVersion,
  kind: 'MutatingWebhookConfiguration',
  name: webhookOf(fault),
  // of the cluster's scope; whoever locates it leaves the namespace out
  namespace: '',
});

/**
 * In force when this resolves, until it is disposed of.
 * @throws HarnessError ROLLOUT_MISSING, FAULT_WEBHOOK_FAILED, FAULT_NOT_MADE (exit 3)
 */
export async function openBadController(
  name: string,
  { rollout: ref, misbehaviour }: FaultController,
  scene: Scene,
  run: RunWebhook = runWebhook,
): Promise<AsyncDisposable> {
  const { client, cluster } = scene;
  const live = await client.get({ ...ROLLOUTS, namespace: ref.namespace }, ref.name);
  if (!live) throw environmentError('ROLLOUT_MISSING', `there is no Rollout ${ref.namespace}/${ref.name}`);
  const rollout = readRollout(live);
  const { argvPrefix } = await cluster.loadAt({ kind: 'ingress' });
  // the address under which what runs beside the cluster is reached, as by Argo CD
  const { hostname } = new URL(cluster.git.url);
  const { certificate, key } = serverCertificate([hostname], scene.now());
  let writes = 0;
  const touch = (spec?: object) => touched(rollout, spec, scene);
  const onLine = (line: AdmissionLine) => {
    if (line.kind === 'write') writes += 1;
    if (line.kind !== 'due') return;
    const spec = line.restore === undefined ? undefined : { http: line.restore };
    scene.recorder.event('fault', `${name}: ${spec ? 'the weights before are written' : 'held back no longer'}`);
    touch(spec).catch((error: unknown) => scene.progress.note(`fault ${name}: ${String(error)}`));
  };
  const webhook = await run(
    argvPrefix,
    { ...{ address: hostname, path: PATH, certificate, key, misbehaviour, rollout }, controllerUser: CONTROLLER },
    onLine,
  );
  const close = async () => {
    await client.delete(WEBHOOKS, webhookOf(name));
    await webhook[Symbol.asyncDispose]();
  };
  try {
    await client.apply([configuration(name, rollout, `https://${hostname}:${webhook.port}${PATH}`, certificate)]);
    const deadline = scene.now() + IN_FORCE_MS;
    while (writes === 0) {
      if (scene.now() > deadline)
        throw environmentError('FAULT_NOT_MADE', `the API server does not ask the webhook of fault ${name}`, {
          where: `https://${hostname}:${webhook.port}`,
          hint: 'It must reach the address at which the cluster reads Git.',
        });
      await touch();
      await scene.pause(TOUCH_EVERY_MS);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { [Symbol.asyncDispose]: close };
}

/** A write of ours that the controller is told of; without `spec` it changes nothing but a mark. */
async function touched({ ref, virtualService }: DeclaredRollout, spec: object | undefined, scene: Scene) {
  const metadata = { annotations: { [TOUCHED]: new Date(scene.now()).toISOString() } };
  const body = { metadata, ...(spec ? { spec } : {}) };
  await scene.client.patch({ ...VIRTUAL_SERVICES, namespace: ref.namespace }, virtualService, 'merge', body);
}

function configuration(name: string, { ref }: DeclaredRollout, url: string, certificate: string): KubeObject {
  return {
    apiVersion: WEBHOOKS.apiVersion,
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: webhookOf(name) },
    webhooks: [
      {
        name: 'fault.canaryproof.dev',
        clientConfig: { url, caBundle: Buffer.from(certificate).toString('base64') },
        rules: [
          {
            apiGroups: ['networking.istio.io'],
            apiVersions: ['*'],
            operations: ['UPDATE'],
            resources: ['virtualservices'],
            scope: 'Namespaced',
          },
        ],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': ref.namespace } },
        // a harness that is gone must not hold anybody's writes up
        failurePolicy: 'Ignore',
        ...{ sideEffects: 'None', timeoutSeconds: 5, admissionReviewVersions: ['v1'] },
      },
    ],
  };
}
