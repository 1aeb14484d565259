/** Argo's notifications towards a receiver of the run, in place of the API that would take a commit status. */
import type { KubeObject } from '../../../k8s/client/object.ts';
import { COMMIT_STATUS_SETTINGS } from '../../documents/shared-places.ts';
import { startReceiver, type WebhookReceiver } from '../../evidence/webhook-receiver.ts';
import type { Scene } from '../../scene/scene.ts';

/** Tells the controller what to send for every Rollout that asks for it. */
const { namespace: NAMESPACE, name: CONFIG } = COMMIT_STATUS_SETTINGS;
const SERVICE = 'commit-status';
/** The controller sends `on-<reason>` for its own event RolloutAborted. */
const TRIGGER = 'on-rollout-aborted';

export interface CommitStatus {
  readonly receiver: WebhookReceiver;
  /** Subscribes the Rollout of a copy. */
  subscribe(object: KubeObject): KubeObject;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts the receiver and tells the controller of it, as whoever runs the cluster would. */
export async function openCommitStatus(scene: Scene, state: string): Promise<CommitStatus> {
  const { client, cluster, signal } = scene;
  const { argvPrefix } = await cluster.loadAt({ kind: 'ingress' });
  // the address under which pods reach what runs beside the cluster, and no other
  const { hostname } = new URL(cluster.git.url);
  const receiver = await startReceiver(argvPrefix, hostname, signal);
  const body = JSON.stringify({
    state,
    context: 'argo-rollouts',
    description: 'Deployment failed',
    rollout: '{{.rollout.metadata.namespace}}/{{.rollout.metadata.name}}',
    hash: '{{.rollout.status.currentPodHash}}',
  });
  const template = { webhook: { [SERVICE]: { method: 'POST', path: `${receiver.secretPath}/statuses`, body } } };
  const configMaps = { apiVersion: 'v1', resource: 'configmaps', namespace: NAMESPACE } as const;
  await client.apply([
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: CONFIG, namespace: NAMESPACE },
      data: {
        [`service.webhook.${SERVICE}`]: JSON.stringify({
          url: `http://${hostname}:${receiver.port}`,
          headers: [{ name: 'Content-Type', value: 'application/json' }],
        }),
        [`template.${SERVICE}`]: JSON.stringify(template),
        [`trigger.${TRIGGER}`]: JSON.stringify([{ send: [SERVICE] }]),
      },
    },
  ]);
  return {
    receiver,
    subscribe: (object) =>
      object.kind === 'Rollout'
        ? {
            ...object,
            metadata: {
              ...object.metadata,
              annotations: {
                ...object.metadata.annotations,
                [`notifications.argoproj.io/subscribe.${TRIGGER}.${SERVICE}`]: '',
              },
            },
          }
        : object,
    async [Symbol.asyncDispose]() {
      await client.delete(configMaps, CONFIG);
      await receiver.stop();
    },
  };
}
