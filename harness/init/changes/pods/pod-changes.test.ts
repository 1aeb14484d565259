import { expect, test } from 'vitest';
import { proposal } from '../../proposal-fixture.ts';
import { SHOP } from '../../repository-fixture.ts';

const POD = '/spec/template/spec';
const CONTAINER = `${POD}/containers/0`;

/** What is done to the Rollout's pods beyond what is done to those of the plain shop. */
function edits(change: {
  readonly pod?: string;
  readonly container?: string;
  readonly text?: (text: string) => string;
}) {
  const of = (text: string) =>
    proposal(text).changes.flatMap(({ object, set, remove }) =>
      object?.kind === 'Rollout'
        ? [
            ...(remove ?? []).map((pointer) => `-${pointer}`),
            ...Object.entries(set ?? {}).map(([pointer, value]) => `${pointer} = ${JSON.stringify(value)}`),
          ]
        : [],
    );
  const plain = SHOP.replace('      nodeSelector: { disk: fast }\n', '');
  const inserted = SHOP.replace('nodeSelector: { disk: fast }', change.pod ?? 'restartPolicy: Always').replace(
    'command: [/bin/shop]',
    change.container ?? 'command: [/bin/shop]',
  );
  const before = of(plain);
  return of((change.text ?? ((text) => text))(inserted)).filter((one) => !before.includes(one));
}

test.each([
  ['a node by its name', 'nodeName: worker-1', ['-/nodeName']],
  ['a priority', 'priority: 1000\n      preemptionPolicy: Never', ['-/priority', '-/preemptionPolicy']],
  ['a gate of the scheduler', 'schedulingGates: [{ name: example.com/quota }]', ['-/schedulingGates']],
  ['a runtime', 'runtimeClassName: gvisor\n      overhead: { cpu: 250m }', ['-/runtimeClassName', '-/overhead']],
  ['resources of the whole pod', 'resources: { requests: { cpu: "4" } }', ['-/resources']],
  [
    'names by a server of theirs',
    'dnsPolicy: None\n      dnsConfig: { nameservers: [10.0.0.10] }',
    ['-/dnsPolicy', '-/dnsConfig'],
  ],
  [
    'one more server',
    'dnsConfig: { nameservers: [10.0.0.10], options: [{ name: ndots }] }',
    ['-/dnsConfig/nameservers'],
  ],
  ['names as everybody has them', 'dnsPolicy: ClusterFirst\n      dnsConfig: { options: [{ name: ndots }] }', []],
  [
    'settings of the kernel',
    'securityContext: { fsGroup: 1, sysctls: [{ name: net.core.somaxconn, value: "1" }] }',
    ['-/securityContext/sysctls'],
  ],
  [
    'a profile of AppArmor',
    'securityContext: { appArmorProfile: { type: RuntimeDefault } }',
    ['-/securityContext/appArmorProfile'],
  ],
  [
    'a file of seccomp',
    'securityContext: { seccompProfile: { type: Localhost, localhostProfile: a } }',
    ['-/securityContext/seccompProfile'],
  ],
  ['seccomp of the runtime', 'securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }', []],
] as const)('%s', (_, pod, expected) => {
  expect(edits({ pod })).toEqual(expected.map((one) => one.replace('/', `${POD}/`)));
});

test('a canary may run beside the stable pods', () => {
  const apart = (text: string) =>
    text.replace(
      '    canary:\n',
      '    canary:\n      antiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: {} }\n',
    );
  expect(edits({ text: apart })).toEqual(['-/spec/strategy/canary/antiAffinity']);
});

test('a profile of AppArmor in an annotation goes, and no empty list of them stays', () => {
  const annotated = (more: string) => (text: string) =>
    text.replace(
      'metadata: { labels: { app: shop } }',
      `metadata: { labels: { app: shop }, annotations: { container.apparmor.security.beta.kubernetes.io/shop: runtime/default${more} } }`,
    );
  const pointer = '-/spec/template/metadata/annotations';
  expect(edits({ text: annotated('') })).toEqual([pointer]);
  expect(edits({ text: annotated(', a: b') })).toEqual([
    `${pointer}/container.apparmor.security.beta.kubernetes.io~1shop`,
  ]);
});

const OBJECTS = `---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { a: "1" }
---
apiVersion: v1
kind: Secret
metadata: { name: keys }
stringData: { b: "2" }
---
apiVersion: v1
kind: Secret
metadata: { name: theirs, namespace: other }
stringData: { b: "2" }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: theirs, namespace: other }
`;
const withObjects = (text: string) => `${text}${OBJECTS}`;

test.each([
  ['keys that are there', 'configMapKeyRef: { name: settings, key: a }', true],
  ['a key that is not', 'configMapKeyRef: { name: settings, key: z }', false],
  ['one that may be missing', 'configMapKeyRef: { name: settings, key: z, optional: true }', true],
  ['a secret', 'secretKeyRef: { name: keys, key: b }', true],
  ['a secret of another namespace', 'secretKeyRef: { name: theirs, key: b }', false],
])('a variable from %s', (_, from, isKept) => {
  const container = `envFrom: []\n          args: [a]`;
  const text = (all: string) =>
    withObjects(all.replace('{ name: COLOUR, value: blue }', `{ name: COLOUR, valueFrom: { ${from} } }`));
  expect(edits({ container, text })).toEqual(isKept ? [] : [`-${CONTAINER}/env/1`]);
});

test.each([
  ['a key that is there', 'configMap: { name: settings, items: [{ key: a, path: a }] }', []],
  [
    'a key that is not',
    'configMap: { name: settings, items: [{ key: z, path: a }] }',
    [`${POD}/volumes/0 = {"name":"a","emptyDir":{}}`],
  ],
  ['huge pages', 'emptyDir: { medium: HugePages-2Mi }', [`${POD}/volumes/0 = {"name":"a","emptyDir":{}}`]],
  ['memory', 'emptyDir: { medium: Memory }', []],
  [
    'several sources, one of them missing',
    'projected: { sources: [{ serviceAccountToken: { path: t } }, { secret: { name: none } }] }',
    [`-${POD}/volumes/0/projected/sources/1`],
  ],
  [
    'sources of which none is there',
    'projected: { sources: [{ secret: { name: none } }] }',
    [`${POD}/volumes/0 = {"name":"a","emptyDir":{}}`],
  ],
] as const)('a volume of %s', (_, volume, expected) => {
  expect(edits({ pod: `volumes: [{ name: a, ${volume} }]`, text: withObjects })).toEqual(expected);
});

test('an account of another namespace is not there', () => {
  expect(edits({ pod: 'serviceAccountName: theirs', text: withObjects })).toEqual([`-${POD}/serviceAccountName`]);
});

test.each([
  ['two cores', '{ requests: { cpu: "2" } }', ['requests/cpu = "50m"']],
  ['what limits ask where nothing is requested', '{ limits: { memory: 1Ti } }', ['requests/memory = "64Mi"']],
  ['an exponent', '{ requests: { memory: 1e9 } }', ['requests/memory = "64Mi"']],
  ['a disk', '{ requests: { ephemeral-storage: 10Gi } }', ['requests/ephemeral-storage = "64Mi"']],
  ['little', '{ requests: { cpu: 20m, memory: 32Mi, ephemeral-storage: 1Mi } }', []],
  ['a device', '{ limits: { nvidia.com/gpu: 1 } }', ['-limits/nvidia.com~1gpu']],
] as const)('resources: %s', (_, resources, expected) => {
  const at = (one: string) =>
    one.startsWith('-') ? `-${CONTAINER}/resources/${one.slice(1)}` : `${CONTAINER}/resources/${one}`;
  expect(edits({ container: `resources: ${resources}` })).toEqual(expected.map(at));
});

test('a probe asks the pod itself', () => {
  const container = 'livenessProbe: { httpGet: { host: 127.0.0.1, path: /, port: web } }';
  expect(edits({ container })).toEqual([`-${CONTAINER}/livenessProbe/httpGet/host`]);
});
