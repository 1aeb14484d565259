import { expect, test } from 'vitest';
import { parseManifestSet } from '../manifest-set.ts';
import { unservedVersionFindings } from './served-versions.ts';

const judged = (apiVersion: string, kind: string) =>
  unservedVersionFindings(
    parseManifestSet([
      { path: 'a.yaml', text: `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: shop }\n` },
    ]),
  );

test.each([
  ['extensions/v1beta1', 'Deployment', 'Kubernetes 1.16', 'apps/v1'],
  ['extensions/v1beta1', 'Ingress', 'Kubernetes 1.22', 'networking.k8s.io/v1'],
  ['policy/v1beta1', 'PodDisruptionBudget', 'Kubernetes 1.25', 'policy/v1'],
  ['policy/v1beta1', 'PodSecurityPolicy', 'Kubernetes 1.25', 'leave it out'],
  ['autoscaling/v2beta2', 'HorizontalPodAutoscaler', 'Kubernetes 1.26', 'autoscaling/v2'],
  ['rbac.istio.io/v1alpha1', 'ServiceRole', 'Istio 1.6', 'security.istio.io/v1'],
  ['networking.istio.io/v1alpha1', 'VirtualService', 'does not have', 'networking.istio.io/v1beta1'],
])('%s %s is refused by clusters of today', (apiVersion, kind, why, hint) => {
  expect(judged(apiVersion, kind)).toMatchObject([
    {
      ...{ code: 'API_VERSION_NOT_SERVED', severity: 'warning', where: 'a.yaml:1:13' },
      sentence: expect.stringContaining(why) as string,
      hint: expect.stringContaining(hint) as string,
    },
  ]);
});

test.each([
  ['apps/v1', 'Deployment'],
  ['networking.istio.io/v1alpha3', 'VirtualService'],
  ['networking.istio.io/v1alpha3', 'EnvoyFilter'],
  ['argoproj.io/v1alpha1', 'Rollout'],
  ['networking.k8s.io/v1beta1', 'ServiceCIDR'],
  ['admissionregistration.k8s.io/v1beta1', 'MutatingAdmissionPolicy'],
  ['networking.internal.knative.dev/v1alpha1', 'Ingress'],
])('%s %s is served', (apiVersion, kind) => {
  expect(judged(apiVersion, kind)).toEqual([]);
});
