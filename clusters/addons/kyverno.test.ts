import { expect, test } from 'vitest';
import type { KubeObject } from '../../k8s/client/object.ts';
import { admissionOnly, trusting } from './kyverno.ts';

const COMPONENT = 'app.kubernetes.io/component';
const labelled = (kind: string, name: string, component: string, spec: KubeObject['spec'] = {}): KubeObject => ({
  ...{ apiVersion: 'v1', kind, spec },
  metadata: { name, namespace: 'kyverno', labels: { [COMPONENT]: component } },
});
const controller = (name: string, component: string) =>
  labelled('Deployment', name, component, {
    replicas: null,
    template: {
      metadata: { labels: { [COMPONENT]: component } },
      spec: {
        serviceAccountName: name,
        initContainers: [{ name: 'kyverno-pre' }],
        containers: [
          {
            name: 'kyverno',
            args: ['--servicePort=443', '--admissionReports=true', '--autoUpdateWebhooks=true'],
            startupProbe: { periodSeconds: 6, failureThreshold: 20, initialDelaySeconds: 2, httpGet: { port: 9443 } },
            readinessProbe: { periodSeconds: 10 },
          },
        ],
      },
    },
  });

test('of the controllers only the one that is asked at admission is kept, with its Service', () => {
  const left = [
    controller('kyverno-admission-controller', 'admission-controller'),
    controller('kyverno-reports-controller', 'reports-controller'),
    labelled('Service', 'kyverno-svc', 'admission-controller'),
    labelled('Service', 'kyverno-reports-controller-metrics', 'reports-controller'),
    // a policy is not ready before this account may read what the policy is about
    labelled('ClusterRole', 'kyverno:reports-controller', 'reports-controller'),
    labelled('ConfigMap', 'kyverno', 'config'),
  ].flatMap(admissionOnly);
  expect(left.map(({ kind, metadata: { name } }) => `${kind} ${name}`)).toEqual([
    'Deployment kyverno-admission-controller',
    'Service kyverno-svc',
    'ClusterRole kyverno:reports-controller',
    'ConfigMap kyverno',
  ]);
});

test('it writes no reports that nobody gathers, and has the time to start that upstream gives it; the rest is upstream', () => {
  const [adapted] = admissionOnly(controller('kyverno-admission-controller', 'admission-controller'));
  expect(adapted?.spec).toEqual({
    replicas: null,
    template: {
      metadata: { labels: { [COMPONENT]: 'admission-controller' } },
      spec: {
        serviceAccountName: 'kyverno-admission-controller',
        containers: [
          {
            name: 'kyverno',
            args: ['--servicePort=443', '--admissionReports=false', '--autoUpdateWebhooks=true'],
            startupProbe: { periodSeconds: 1, failureThreshold: 120, initialDelaySeconds: 2, httpGet: { port: 9443 } },
            readinessProbe: { periodSeconds: 10 },
          },
        ],
      },
    },
  });
});

test('where the run has a registry, its certificate is trusted beside the roots of the system', () => {
  const [adapted] = admissionOnly(controller('kyverno-admission-controller', 'admission-controller')).map(trusting);
  expect(adapted?.spec?.template).toMatchObject({
    spec: {
      containers: [
        {
          args: ['--servicePort=443', '--admissionReports=false', '--autoUpdateWebhooks=true'],
          env: [{ name: 'SSL_CERT_DIR', value: '/etc/canaryproof/certificates' }],
          volumeMounts: [{ name: 'registry-certificate', mountPath: '/etc/canaryproof/certificates', readOnly: true }],
        },
      ],
      volumes: [{ name: 'registry-certificate', configMap: { name: 'registry-certificate' } }],
    },
  });
  const service = labelled('Service', 'kyverno-svc', 'admission-controller');
  expect(trusting(service)).toBe(service);
});
