/** What a real API server refuses by the policies, in whichever kind of object it comes, and what it takes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { definition } from '../../../harness/testkit/cluster-of-others.ts';
import { type ControlPlane, startControlPlane } from '../../../harness/testkit/control-plane-alone.ts';
import { type ApiRequest, createApiRequest } from '../../../k8s/client/api-request.ts';
import { type ClusterClient, createClusterClient, readKubeconfig } from '../../../k8s/client/cluster-client.ts';
import { isEstablished } from '../../../k8s/client/readiness.ts';
import { enforceMachinePolicies } from './enforce-policies.ts';
import { POD_POLICY, VOLUME_POLICY } from './machine-policies.ts';

const OWN = '/var/lib/canaryproof/host-path';
const { signal } = new AbortController();
let plane: ControlPlane;
let client: ClusterClient;
let request: ApiRequest;

beforeAll(async () => {
  plane = await startControlPlane();
  client = createClusterClient(plane.kubeconfig);
  request = createApiRequest(readKubeconfig(plane.kubeconfig));
  await enforceMachinePolicies(request, signal);
  // without a controller manager nobody makes it
  await client.apply([
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } },
    definition('argoproj.io', 'v1alpha1', 'rollouts', 'Rollout'),
  ]);
  const definitions = { apiVersion: 'apiextensions.k8s.io/v1', resource: 'customresourcedefinitions' };
  await client.waitFor(definitions, 'rollouts.argoproj.io', isEstablished, { timeoutMs: 60_000, what: 'rollouts' });
});
afterAll(() => plane?.[Symbol.asyncDispose]());

type Spec = Readonly<Record<string, unknown>>;
const container = { name: 'c', image: 'example.com/none' };
const podSpec = (more: Spec = {}, inContainer: Spec = {}): Spec => ({
  ...{ automountServiceAccountToken: false, containers: [{ ...container, ...inContainer }] },
  ...more,
});
const hostPath = (path: string): Spec => podSpec({ volumes: [{ name: 'h', hostPath: { path } }] });
const template = (spec: Spec) => ({ metadata: { labels: { app: 'x' } }, spec });
const selector = { matchLabels: { app: 'x' } };

/** Every kind that holds a pod, and where it does. */
const KINDS: Readonly<Record<string, (spec: Spec) => [resource: string, object: Spec]>> = {
  Pod: (spec) => ['/api/v1/namespaces/default/pods', { apiVersion: 'v1', spec }],
  PodTemplate: (spec) => ['/api/v1/namespaces/default/podtemplates', { apiVersion: 'v1', template: template(spec) }],
  ReplicationController: (spec) => [
    '/api/v1/namespaces/default/replicationcontrollers',
    { apiVersion: 'v1', spec: { selector: { app: 'x' }, template: template(spec) } },
  ],
  ...Object.fromEntries(
    ['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet'].map((kind) => [
      kind,
      (spec: Spec) => [
        `/apis/apps/v1/namespaces/default/${kind.toLowerCase()}s`,
        {
          apiVersion: 'apps/v1',
          spec: { selector, serviceName: kind === 'StatefulSet' ? 'x' : undefined, template: template(spec) },
        },
      ],
    ]),
  ),
  Job: (spec) => [
    '/apis/batch/v1/namespaces/default/jobs',
    { apiVersion: 'batch/v1', spec: { template: template({ ...spec, restartPolicy: 'Never' }) } },
  ],
  CronJob: (spec) => [
    '/apis/batch/v1/namespaces/default/cronjobs',
    {
      apiVersion: 'batch/v1',
      spec: {
        schedule: '* * * * *',
        jobTemplate: { spec: { template: template({ ...spec, restartPolicy: 'Never' }) } },
      },
    },
  ],
  Rollout: (spec) => [
    '/apis/argoproj.io/v1alpha1/namespaces/default/rollouts',
    { apiVersion: 'argoproj.io/v1alpha1', spec: { selector, template: template(spec) } },
  ],
};

async function answerTo(kind: string, spec: Spec, namespace = 'default'): Promise<string> {
  const [path, object] = KINDS[kind]?.(spec) ?? [];
  const body = { ...object, kind, metadata: { name: 'x', namespace } };
  const at = `${path?.replace('/default/', `/${namespace}/`)}?dryRun=All`;
  return request('POST', at, { body, contentType: 'application/json' }).then(
    () => 'taken',
    (error: Error) => error.message,
  );
}

describe.each(Object.keys(KINDS))('%s', (kind) => {
  test('that reaches for the node is refused, whatever it reaches for', async () => {
    for (const spec of [
      ...[podSpec({ hostNetwork: true }), podSpec({ hostPID: true }), podSpec({ hostIPC: true })],
      podSpec({}, { securityContext: { privileged: true } }),
      podSpec({ initContainers: [{ ...container, name: 'i', securityContext: { privileged: true } }] }),
      hostPath('/root'),
    ])
      expect(await answerTo(kind, spec), JSON.stringify(spec)).toContain(`'${POD_POLICY}'`);
  });

  test('that asks for nothing of the node, or for its own folder, is taken', async () => {
    for (const spec of [
      podSpec(),
      podSpec({ hostNetwork: false }, { securityContext: { privileged: false, capabilities: { add: ['NET_ADMIN'] } } }),
      podSpec({ volumes: [{ name: 'e', emptyDir: {} }] }),
      hostPath(`${OWN}/mine`),
    ])
      expect(await answerTo(kind, spec), JSON.stringify(spec)).toBe('taken');
  });
});

test('a Rollout that names a Deployment holds no pod, and is taken', async () => {
  const spec = { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' } };
  const body = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { name: 'x' }, spec };
  await request('POST', '/apis/argoproj.io/v1alpha1/namespaces/default/rollouts?dryRun=All', {
    body,
    contentType: 'application/json',
  });
});

test.each(['/', '/etc', '/root/', OWN, `${OWN}/`, `${OWN}/.`, `${OWN}/a/b`, `${OWN}x`, `/x${OWN}/a`, `${OWN}/a\n/b`])(
  'hostPath %j is not directly below the own folder',
  async (at) => expect(await answerTo('Pod', hostPath(at))).toContain(`'${POD_POLICY}'`),
);
test.each(['a', 'a/', '.a', '..a', '...', 'a.b', 'a b'])('hostPath %j below the own folder is taken', async (name) => {
  // the API server itself refuses two dots that stand alone
  expect(await answerTo('Pod', hostPath(`${OWN}/${name}`))).toBe('taken');
});

test('every namespace, those of the system too', async () => {
  await client.apply([
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'kube-system' } },
  ]);
  for (const kind of ['Pod', 'Deployment'])
    expect(await answerTo(kind, podSpec({ hostPID: true }), 'kube-system')).toContain(`'${POD_POLICY}'`);
});

test('a container that is added to a running pod is looked at too', async () => {
  await request('POST', '/api/v1/namespaces/default/pods', {
    body: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'runs' }, spec: podSpec() },
    contentType: 'application/json',
  });
  const add = (more: Spec) =>
    request('PATCH', '/api/v1/namespaces/default/pods/runs/ephemeralcontainers?dryRun=All', {
      body: { spec: { ephemeralContainers: [{ ...container, name: 'late', ...more }] } },
      contentType: 'application/strategic-merge-patch+json',
    });
  await add({});
  await expect(add({ securityContext: { privileged: true } })).rejects.toThrow(`'${POD_POLICY}'`);
});

test.each([
  ['hostPath', { hostPath: { path: '/root' } }],
  [
    'local',
    {
      local: { path: '/root' },
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'x', operator: 'Exists' }] }] },
      },
    },
  ],
])(
  'a volume of the cluster that leads to the machine by %s is refused; below the own folder it is taken',
  async (kind, source) => {
    const create = (spec: Spec) =>
      request('POST', '/api/v1/persistentvolumes?dryRun=All', {
        body: {
          ...{ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'x' } },
          spec: { capacity: { storage: '1Mi' }, accessModes: ['ReadWriteOnce'], ...spec },
        },
        contentType: 'application/json',
      });
    await expect(create(source)).rejects.toThrow(`'${VOLUME_POLICY}'`);
    await create({ ...source, [kind]: { path: `${OWN}/mine` } });
  },
);

test.each([
  ['validatingadmissionpolicybindings', { spec: { validationActions: ['Warn'] } }],
  [
    'validatingadmissionpolicybindings',
    { spec: { matchResources: { namespaceSelector: { matchLabels: { no: 'one' } } } } },
  ],
  ['validatingadmissionpolicies', { spec: { matchConditions: [{ name: 'never', expression: 'false' }] } }],
])('what somebody made of a policy since is put right: %s %j', async (resource, change) => {
  const at = { apiVersion: 'admissionregistration.k8s.io/v1', resource };
  await client.patch(at, POD_POLICY, 'merge', change);
  const deadline = performance.now() + 60_000;
  while ((await answerTo('Deployment', podSpec({ hostPID: true }))) !== 'taken')
    if (performance.now() > deadline) throw new Error('the change is not noticed');
  await enforceMachinePolicies(request, signal);
  expect(await answerTo('Deployment', podSpec({ hostPID: true }))).toContain(`'${POD_POLICY}'`);
});
