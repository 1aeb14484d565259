import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { KubeObject } from '../../k8s/client/object.ts';
import { addonManifest } from './addon-files.ts';
import { namespaceObject, parseManifests, readManifests, withFastProbes } from './manifest-file.ts';

const names = (objects: readonly KubeObject[]) => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);

test('documents that hold nothing, or no object, are left out; a List is its items', () => {
  const text = `
---
# only a comment
---
kind: Service
metadata: { name: a }
---
replicas: 3
---
kind: List
items:
  - { kind: ConfigMap, metadata: { name: b } }
  - { kind: Secret, metadata: { name: c } }
---
`;
  expect(names(parseManifests(text, 'x.yaml'))).toEqual(['Service a', 'ConfigMap b', 'Secret c']);
  expect(parseManifests('', 'x.yaml')).toEqual([]);
});

test('an error names the file', async () => {
  expect(() => parseManifests('kind: "Service', 'upstream/a.yaml')).toThrow(/^upstream\/a\.yaml: /);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-manifest-'));
  try {
    const file = path.join(folder, 'b.yaml');
    await writeFile(file, 'a: 1\na: 2\n');
    await expect(readManifests(file)).rejects.toThrow(`${file}: `);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each([
  ['coredns.yaml', 'Deployment coredns'],
  ['prometheus.yaml', 'Deployment prometheus'],
])('our own %s holds the %s that its addon waits for', async (file, awaited) => {
  expect(names(await readManifests(addonManifest(file)))).toContain(awaited);
});

test('a namespace with labels', () => {
  expect(namespaceObject('mesh', { 'istio-injection': 'enabled' })).toEqual({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'mesh', labels: { 'istio-injection': 'enabled' } },
  });
});

function workload(kind: string): KubeObject {
  const containers = [
    { name: 'a', readinessProbe: { httpGet: { port: 1 }, initialDelaySeconds: 30, periodSeconds: 10 } },
    { name: 'b', livenessProbe: { initialDelaySeconds: 30, periodSeconds: 10 } },
  ];
  return { kind, metadata: { name: 'w' }, spec: { replicas: 1, template: { spec: { containers } } } };
}

test.each(['Deployment', 'StatefulSet'])('fast probes: readiness of a %s, and nothing else of it', (kind) => {
  const before = workload(kind);
  const fast = withFastProbes(before);
  const expected = structuredClone(before) as typeof before & {
    spec: { template: { spec: { containers: { readinessProbe?: object }[] } } };
  };
  expected.spec.template.spec.containers[0]!.readinessProbe = {
    httpGet: { port: 1 },
    initialDelaySeconds: 0,
    periodSeconds: 1,
  };
  expect(fast).toEqual(expected);
  expect(before).toEqual(workload(kind));
});

test('fast probes leave every other kind as it is', () => {
  const job = workload('Job');
  expect(withFastProbes(job)).toBe(job);
  const bare: KubeObject = { kind: 'Deployment', metadata: { name: 'w' } };
  expect(withFastProbes(bare)).toEqual(bare);
});
