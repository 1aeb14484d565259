/** Kyverno's objects in a cluster in memory. */
import type { KubeObject } from '../../k8s/client/object.ts';
import { type PolicyKind, WEBHOOKS } from './live-policy.ts';

export const ENGINES = { apiVersion: 'apps/v1', resource: 'deployments', namespace: 'kyverno' };

/** The admission controller with so many of its one pod available. */
export const engine = (available: number): KubeObject => ({
  metadata: { name: 'kyverno-admission-controller', namespace: 'kyverno', generation: 1 },
  spec: { replicas: 1 },
  status: {
    observedGeneration: 1,
    replicas: 1,
    updatedReplicas: 1,
    readyReplicas: available,
    availableReplicas: available,
  },
});

/** As Kyverno registers a policy whose selector names one namespace. */
export function webhooks(
  { webhooks: names }: PolicyKind,
  policy: string,
  namespace: string,
  change: object = {},
): KubeObject {
  return {
    metadata: { name: WEBHOOKS.name },
    webhooks: [
      {
        name: `${names}-fail`,
        failurePolicy: 'Fail',
        clientConfig: { service: { name: 'kyverno-svc', path: `/${names.split('.')[0]}/validate/fail/${policy}` } },
        rules: [{ resources: ['pods'], operations: ['CREATE', 'UPDATE'] }],
        namespaceSelector: {
          matchLabels: { 'kubernetes.io/metadata.name': namespace },
          matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system'] }],
        },
        ...change,
      },
    ],
  };
}
