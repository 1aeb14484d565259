import { expect, test } from 'vitest';
import type { ImageMapping } from '../ports/cluster.ts';
import { versionOfPod } from './version-of-pod.ts';

const pod = (image: string, labels: Record<string, string> = {}, env: { name: string; value: string }[] = []) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'shop-1', labels },
  spec: {
    containers: [
      { name: 'istio-proxy', image: 'proxyv2:1.29' },
      { name: 'shop', image, env },
    ],
  },
});
const standIn = (VERSION: string) => [
  { image: 'registry.example.com:5000/shop:*', standIn: { SERVICE: 's', VERSION } },
];
const OWN = { name: 'VERSION', value: 'own' };
const PROGRAM: readonly ImageMapping[] = [
  {
    image: 'registry.example.com:5000/shop:*',
    program: { command: ['node'], directory: '/srv', port: undefined, environment: { VERSION: 'run-{tag}' } },
  },
];
const IMAGE = 'registry.example.com:5000/shop:v7';

test.each([
  ['the tag, as the stand-in says it, whatever a label says', pod(IMAGE, { version: 'v1' }), standIn('{tag}'), 'v7'],
  ['a text of the stand-in', pod(IMAGE), standIn('always-{tag}'), 'always-v7'],
  ['a label that the stand-in is named by', pod(IMAGE, { version: 'v1' }), standIn('{label:version}'), 'v1'],
  ['a label, where the pod has it', pod(IMAGE, { version: 'v1' }), standIn('{label:version:-{tag}}'), 'v1'],
  ['the tag, where it has none', pod(IMAGE), standIn('{label:version:-{tag}}'), 'v7'],
  ['what the mapping sets, over what the manifest writes', pod(IMAGE, {}, [OWN]), standIn('{tag}'), 'v7'],
  [
    'what the manifest writes, where the mapping sets nothing',
    pod(IMAGE, {}, [OWN]),
    [{ image: 'registry.example.com:5000/shop:*', standIn: {} }],
    'own',
  ],
  ['the hash of the pod template', pod(IMAGE, { 'rollouts-pod-template-hash': 'abc' }), standIn('{hash}'), 'abc'],
  ["a program of the user's own", pod(IMAGE), PROGRAM, 'run-v7'],
  [
    'what a trial tells its copy',
    pod(IMAGE, {}, [OWN, { name: 'CANARYPROOF_VERSION', value: 'v2' }]),
    standIn('{tag}'),
    'v2',
  ],
  ['the label of a program of theirs', pod(IMAGE, { version: 'v1' }), [], 'v1'],
  ['the tag, without a label', pod(IMAGE), [], 'v7'],
  ['the tag beside a digest', pod(`${IMAGE}@sha256:${'0'.repeat(64)}`), [], 'v7'],
  ['latest, of an image without a tag', pod('registry.example.com:5000/shop'), standIn('{tag}'), 'latest'],
  ['nothing, by digest alone', pod(`shop@sha256:${'0'.repeat(64)}`), [], undefined],
])('%s', (_, object, standIns, version) => {
  expect(versionOfPod(object, standIns)).toBe(version);
});
