/** What claims put beside programs that others of a shared cluster may use too. Data only, for declarations and judges. */

export interface SharedPlace {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** What others could notice. */
  readonly why: string;
}

export const GATEWAY_ERROR_LOG = {
  ...{ kind: 'EnvoyFilter', namespace: 'istio-system', name: 'canaryproof-errors' },
  why: 'the ingress gateway logs errors while a claim that accounts for every request runs',
} as const satisfies SharedPlace;

export const COMMIT_STATUS_SETTINGS = {
  ...{ kind: 'ConfigMap', namespace: 'argo-rollouts', name: 'argo-rollouts-notification-configmap' },
  why: 'the Rollouts controller sends the commit status of a rollback to the run',
} as const satisfies SharedPlace;

export const ALERT_RECEIVER_ADDRESS = {
  ...{ kind: 'EndpointSlice', namespace: 'monitoring', name: 'alert-receiver-run' },
  why: 'Alertmanager reaches the receiver of the run',
} as const satisfies SharedPlace;
