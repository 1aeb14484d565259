import { expect, test } from 'vitest';
import { declaredWorkloads } from '../../kyverno/declared-workloads.ts';
import { questionsAbout, without } from './questions.ts';

const container = (resources: object) => ({ name: 'a', resources });

test.each([
  [
    'a limit goes, its request stays',
    'limits.memory',
    { limits: { memory: 2 }, requests: { memory: 1 } },
    { limits: {}, requests: { memory: 1 } },
  ],
  [
    'the request that a limit stood for stays',
    'limits.memory',
    { limits: { memory: 2, cpu: 1 } },
    { limits: { cpu: 1 }, requests: { memory: 2 } },
  ],
  [
    'a request goes with the limit that would bring it back',
    'requests.cpu',
    { limits: { cpu: 2, memory: 3 }, requests: { cpu: 1 } },
    { limits: { memory: 3 }, requests: {} },
  ],
  ['of nothing nothing is made', 'limits.cpu', {}, { limits: {}, requests: {} }],
] as const)('%s', (_, field, before, after) => {
  expect(without(container(before), field).resources).toEqual(after);
});

const FILE = {
  path: 'all.yaml',
  text: `
apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly, namespace: shop }
spec: { jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [{ name: a }] } } } } }
---
apiVersion: v1
kind: Pod
metadata: { name: alone, labels: { app: alone } }
spec: { containers: [{ name: a, ports: [{ containerPort: 1 }], livenessProbe: {} }, { name: b }] }
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: by-reference }
spec: { workloadRef: { name: a } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: elsewhere, namespace: other }
spec: { template: { spec: { containers: [{ name: a }] } } }
`,
};

test('of every kind with pods in the namespace the pod is asked about, and what makes it', () => {
  const workloads = declaredWorkloads([FILE], { home: 'shop', namespace: 'shop' });
  const questions = questionsAbout(workloads, ['limits.cpu', 'requests.cpu']);
  expect(questions.map(({ what }) => what)).toEqual([
    'CronJob shop/nightly',
    'the pod of CronJob shop/nightly',
    'the pod of CronJob shop/nightly without limits.cpu',
    'the pod of CronJob shop/nightly with a second container without limits.cpu',
    // the API server writes requests.cpu where limits.cpu is given
    'the pod of Pod shop/alone',
    'the pod of Pod shop/alone without limits.cpu',
    'the pod of Pod shop/alone with a second container without limits.cpu',
  ]);
  expect(questions.at(-1)?.object).toMatchObject({
    kind: 'Pod',
    metadata: { name: 'alone-canaryproof-asks', namespace: 'shop' },
    spec: { containers: [{ name: 'a' }, { name: 'b' }, { name: 'canaryproof-beside' }] },
  });
  // ports and probes are there once
  expect(JSON.stringify(questions.at(-1)?.object).match(/livenessProbe/g)).toHaveLength(1);
});
