import { expect, test } from 'vitest';
import { readRefusal } from './refusal.ts';

const QUOTED = 'the API server refused a request: POST /api/v1/namespaces/shop/pods?dryRun=All: 400 admission webhook';

test.each([
  [
    'one policy',
    `${QUOTED} "vpol.validate.kyverno.svc-fail" denied the request: Policy limits failed: limits; and requests: are missing`,
    [{ policy: 'limits', isRule: true, message: 'limits; and requests: are missing' }],
  ],
  [
    'several, and one whose expression went wrong',
    `${QUOTED} "vpol.validate.kyverno.svc-fail-finegrained-b" denied the request: Policy a failed: no; Policy b error: no such key: resources`,
    [
      { policy: 'a', isRule: true, message: 'no' },
      { policy: 'b', isRule: false, message: 'no such key: resources' },
    ],
  ],
])('%s of Kyverno, by name and words', (_, text, policies) => {
  expect(readRefusal(text)).toEqual({ text, by: 'kyverno', policies });
});

test.each([
  ['a quota', 'pods "a" is forbidden: exceeded quota: compute', 'other'],
  ['Pod Security', 'pods "a" is forbidden: violates PodSecurity "restricted:latest"', 'other'],
  ['a schema', 'Pod "a" is invalid: spec.containers[0].name: Required value', 'other'],
  ['another webhook', `${QUOTED} "kyverno.svc.example.com" denied the request: Policy a failed: b`, 'other'],
  ['another webhook that gives no answer', 'failed calling webhook "sidecar.istio.io": EOF', 'other'],
  [
    'Kyverno, when it gives no answer',
    'failed calling webhook "vpol.validate.kyverno.svc-fail": EOF',
    'nobody-answered',
  ],
  [
    'a ClusterPolicy',
    `${QUOTED} "validate.kyverno.svc-fail" denied the request: \n\nresource Pod/a/b was blocked`,
    'kyverno',
  ],
])('%s is no policy of Kyverno', (_, text, by) => {
  expect(readRefusal(text)).toEqual({ text, by, policies: [] });
});
