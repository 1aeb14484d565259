import { describe, expect, test } from 'vitest';
import { ApiError } from '../../../k8s/client/api-request.ts';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { ENGINES, engine, webhooks } from '../../kyverno/kyverno-fixture.ts';
import { VALIDATING, WEBHOOKS } from '../../kyverno/live-policy.ts';
import { judgeClaim } from '../judge-in-order.ts';
import { judgePolicies } from './judge.ts';
import { brokenRule, DENIED, kyverno, LIMITS, NAMESPACE, policyScene, REQUESTS } from './kyverno-fixture.ts';

type Change = Parameters<typeof policyScene>[0];

async function judged(change: Change = {}, ofClaim: object = {}) {
  const { scene, claim } = await policyScene(change);
  return judgePolicies({ ...claim, ...ofClaim }, scene);
}

test('what Git declares is admitted, and each pod with a field less is refused by the rule that names it', async () => {
  const { scene, claim, asked } = await policyScene();
  const result = await judgePolicies(claim, scene);
  expect(result.findings).toEqual([]);
  expect(result.claim).toMatchObject({
    outcome: 'passed',
    sentence:
      'ValidatingPolicy require-requests-and-limits refuses each of 8 pods that lack requests.cpu, limits.memory, by rules that name it, and admits all 4 objects as Git declares them; it fails closed. Asked by dry run, nothing was made.',
  });
  expect(result.claim.details).toContainEqual({
    label: `the pod of Rollout ${NAMESPACE}/zero-downtime-app without limits.memory`,
    value: `refused by require-requests-and-limits, validation 2: ${LIMITS}`,
  });
  expect(result.claim.details.at(-1)?.label).toBe('requests.memory');
  // two rounds, and of no name that is there
  expect(asked).toHaveLength(24);
  expect(new Set(asked.map(({ kind }) => kind))).toEqual(new Set(['Rollout', 'Deployment', 'Pod']));
  expect(asked.filter(({ metadata: { name } }) => !name.endsWith('-canaryproof-asks'))).toEqual([]);
});

describe('fails', () => {
  test.each<[string, Change, string, string]>([
    [
      'when the policy audits, whatever is answered',
      { spec: { validationActions: ['Audit'] } },
      'POLICY_ONLY_AUDITS',
      'its validationActions are Audit',
    ],
    [
      'when the policy audits, and all is admitted: because of that alone',
      { spec: { validationActions: ['Audit', 'Warn'] }, refuses: () => undefined },
      'POLICY_ONLY_AUDITS',
      'its validationActions are Audit, Warn; 8 of 8 pods that lack something were admitted',
    ],
    [
      'when no rule asks for requests',
      { refuses: (object) => (brokenRule(object) === REQUESTS ? undefined : kyverno(object)) },
      'POLICY_ADMITS_VIOLATION',
      `the pod of Deployment ${NAMESPACE}/zero-downtime-prices without requests.cpu is admitted (so are 3 more like it)`,
    ],
    [
      'when a rule looks at the first container alone',
      { refuses: (object) => kyverno(firstContainerOf(object)) },
      'POLICY_ADMITS_VIOLATION',
      'with a second container without',
    ],
    [
      'when what Git declares is refused',
      { refuses: (object) => kyverno(object) ?? `${DENIED}Policy no-root failed: containers must not be root` },
      'POLICY_REFUSES_CONFORMING',
      'is refused as Git declares it (no-root: containers must not be root)',
    ],
    [
      'when no webhook asks about pods that are made',
      { webhook: { rules: [{ resources: ['pods'], operations: ['UPDATE'] }] }, refuses: () => undefined },
      'POLICY_NOT_REGISTERED',
      'no webhook asks Kyverno about',
    ],
    [
      'when the webhook asks about other policies',
      { webhook: { clientConfig: { service: { path: '/vpol/validate/fail/another' } } }, refuses: () => undefined },
      'POLICY_NOT_REGISTERED',
      'no webhook asks Kyverno about',
    ],
    [
      'when the policy leaves the namespace out',
      {
        spec: { matchConstraints: { namespaceSelector: { matchLabels: { team: 'shop' } } } },
        refuses: () => undefined,
      },
      'POLICY_NAMESPACE_EXCLUDED',
      '8 of 8 pods that lack something were admitted',
    ],
    [
      'when all of Kyverno leaves the namespace out',
      {
        webhook: {
          namespaceSelector: {
            matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [NAMESPACE] }],
          },
        },
        refuses: () => undefined,
      },
      'POLICY_NAMESPACE_EXCLUDED',
      `is not about namespace ${NAMESPACE}`,
    ],
    ['when it fails open', { spec: { failurePolicy: 'Ignore' } }, 'POLICY_FAILS_OPEN', 'while Kyverno is away'],
    [
      'when its webhook fails open',
      { webhook: { failurePolicy: 'Ignore' } },
      'POLICY_FAILS_OPEN',
      'while Kyverno is away',
    ],
    [
      'when the rule that refuses does not say what is missing',
      { refuses: said('resources are wrong'), spec: { validations: [{ message: 'resources are wrong' }] } },
      'POLICY_REFUSAL_UNNAMED',
      'by no rule that names requests (resources are wrong)',
    ],
    [
      'when another rule refuses than one that the policy has',
      { refuses: said('requests and limits, says an older policy') },
      'POLICY_REFUSAL_UNNAMED',
      'by no rule that names requests (requests and limits, says an older policy)',
    ],
    [
      'when an error refuses, and no rule',
      {
        refuses: (object) =>
          brokenRule(object) && `${DENIED}Policy require-requests-and-limits error: no such key: requests.limits`,
        spec: { validations: [{ messageExpression: '"x"' }] },
      },
      'POLICY_REFUSAL_UNNAMED',
      'an error, no such key',
    ],
    [
      'when Kyverno does not call it ready, in its words',
      {
        policy: {
          status: {
            conditionStatus: {
              ready: false,
              conditions: [{ type: 'WebhookConfigured', status: 'False', message: 'no.' }],
            },
          },
        },
      },
      'POLICY_NOT_READY',
      'not within 60.0 s (WebhookConfigured: no.)',
    ],
    [
      'when Kyverno has not looked at it',
      { policy: { status: {} } },
      'POLICY_NOT_READY',
      'Kyverno has said nothing about it',
    ],
  ])('%s', async (_, change, code, sentence) => {
    const { claim, findings } = await judged(change);
    expect(findings?.map((finding) => finding.code)).toEqual([code]);
    expect(findings?.[0]).toMatchObject({ severity: 'error', hint: expect.stringMatching(/\S/) as string });
    expect(claim).toMatchObject({ outcome: 'failed', sentence: expect.stringContaining(sentence) as string });
  });

  test('when the policy is not in the cluster', async () => {
    const { scene, claim } = await policyScene();
    scene.client.remove(VALIDATING.collection, claim.policy);
    const result = await judgePolicies(claim, scene);
    expect(result.claim).toMatchObject({
      outcome: 'failed',
      sentence: expect.stringContaining('not in the cluster') as string,
    });
  });
});

test('who means Ignore says so', async () => {
  const { claim } = await judged({ spec: { failurePolicy: 'Ignore' } }, { failsClosed: false });
  expect(claim).toMatchObject({ outcome: 'passed', sentence: expect.not.stringContaining('closed') as string });
});

describe('proves nothing', () => {
  const quota = 'pods "x" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=3, limited: pods=3';
  test.each<[string, Change, string, string]>([
    [
      'when a quota refuses what the policy would refuse',
      { refuses: (object) => brokenRule(object) && quota },
      'POLICY_REFUSED_BY_OTHER',
      'something else than a policy of Kyverno (pods "x" is forbidden: exceeded quota',
    ],
    [
      'when a quota refuses the application',
      { refuses: (object) => kyverno(object) ?? quota },
      'POLICY_REFUSED_BY_OTHER',
      'quota',
    ],
    [
      'when another webhook says the same words',
      {
        refuses: (object) =>
          brokenRule(object) && `admission webhook "pods.example.com" denied the request: Policy a failed: ${REQUESTS}`,
      },
      'POLICY_REFUSED_BY_OTHER',
      'pods.example.com',
    ],
    [
      'when another policy of Kyverno refuses it',
      { refuses: (object) => brokenRule(object) && `${DENIED}Policy older failed: requests and limits` },
      'POLICY_REFUSED_BY_OTHER',
      'another policy (older: requests and limits)',
    ],
    [
      'when something fills in what was left out',
      { refuses: () => undefined, admitted: filledIn },
      'POLICY_VIOLATION_FILLED_IN',
      'without requests.cpu is admitted with requests.cpu',
    ],
  ])('%s', async (_, change, code, sentence) => {
    const { claim, findings } = await judged(change);
    expect(findings?.map((finding) => finding.code)).toEqual([code]);
    expect(claim).toMatchObject({ outcome: 'inconclusive', sentence: expect.stringContaining(sentence) as string });
  });

  test('where Git declares nothing with pods', async () => {
    const { claim, findings } = await judged({}, { namespace: 'nowhere' });
    expect(claim.outcome).not.toBe('passed');
    expect(findings).toContainEqual(expect.objectContaining({ code: 'POLICY_NOTHING_DECLARED' }));
  });
});

describe('cannot be judged', () => {
  const silent =
    'Internal error occurred: failed calling webhook "vpol.validate.kyverno.svc-fail": failed to call webhook: connection refused';
  test('while the API server cannot ask Kyverno', async () => {
    const { scene, claim } = await policyScene({ refuses: () => silent });
    const result = await judgeClaim(claim, scene);
    expect(result.claim.outcome).toBe('invalid');
    expect(result.findings).toMatchObject([{ code: 'POLICY_ENGINE_UNREACHABLE', layer: 'instrument' }]);
  });

  test('while Kyverno is away and its webhook fails open', async () => {
    const { scene, claim } = await policyScene({ refuses: () => undefined, spec: { failurePolicy: 'Ignore' } });
    const pause = async () => scene.client.put(ENGINES, engine(0));
    const result = await judgeClaim(claim, { ...scene, pause });
    expect(result.claim.outcome).toBe('invalid');
    expect(result.findings).toMatchObject([{ code: 'POLICY_ENGINE_NOT_READY' }]);
  });

  test.each([
    ['is not installed', undefined],
    ['is not ready', engine(0)],
    ['is scaled to nothing', { ...engine(0), spec: { replicas: 0 }, status: { observedGeneration: 1 } }],
  ])('when Kyverno %s', async (_, deployment) => {
    const { scene, claim } = await policyScene();
    if (deployment) scene.client.put(ENGINES, deployment);
    else scene.client.remove(ENGINES, 'kyverno-admission-controller');
    const result = await judgeClaim(claim, scene);
    expect(result.claim.outcome).toBe('invalid');
    expect(result.findings).toMatchObject([{ code: 'POLICY_ENGINE_NOT_READY' }]);
  });

  test('when answers differ from round to round', async () => {
    let turn = 0;
    const { scene, claim } = await policyScene({
      refuses: (object) => {
        turn += 1;
        return Math.floor((turn - 1) / 12) % 2 === 0 ? kyverno(object) : undefined;
      },
    });
    const result = await judgeClaim(claim, scene);
    expect(result.claim.outcome).toBe('invalid');
    expect(result.findings).toMatchObject([{ code: 'POLICY_ANSWERS_CHANGE' }]);
  });
});

test('a policy that Kyverno has read only now is judged by what it says now', async () => {
  let turn = 0;
  const { claim } = await judged({
    refuses: (object) => {
      turn += 1;
      return turn <= 12 ? undefined : kyverno(object);
    },
  });
  expect(claim.outcome).toBe('passed');
});

test('a Kyverno that has just started registers it anew: that is waited for', async () => {
  const { scene, claim } = await policyScene({ refuses: () => undefined });
  scene.client.remove(WEBHOOKS.collection, WEBHOOKS.name);
  const { waitFor } = scene.client;
  scene.client.waitFor = async (collection, name, met, options) => {
    if (name === WEBHOOKS.name) {
      scene.client.put(WEBHOOKS.collection, webhooks(VALIDATING, claim.policy, NAMESPACE));
      scene.client.create = async (_, body) => {
        const said = kyverno(body as KubeObject);
        if (said !== undefined) throw new ApiError(400, said);
        return body as KubeObject;
      };
    }
    return waitFor(collection, name, met, options);
  };
  expect((await judgePolicies(claim, scene)).claim.outcome).toBe('passed');
});

test('the run ends in the middle: nothing comes of it', async () => {
  const controller = new AbortController();
  const reason = new Error('interrupted');
  const { scene, claim, asked } = await policyScene({
    scene: { signal: controller.signal },
    refuses: (object) => {
      if (brokenRule(object)) controller.abort(reason);
      return kyverno(object);
    },
  });
  await expect(judgeClaim(claim, scene)).rejects.toBe(reason);
  expect(asked).toHaveLength(3);
});

function said(message: string) {
  return (object: KubeObject) => brokenRule(object) && `${DENIED}Policy require-requests-and-limits failed: ${message}`;
}

interface Spec {
  readonly containers: readonly object[];
}

function firstContainerOf(object: KubeObject): KubeObject {
  if (object.kind !== 'Pod') return object;
  return { ...object, spec: { ...object.spec, containers: [(object.spec as unknown as Spec).containers[0]] } };
}

function filledIn(object: KubeObject): KubeObject {
  if (object.kind !== 'Pod') return object;
  const resources = { limits: { memory: '1Gi' }, requests: { cpu: '1', memory: '1Gi' } };
  const containers = (object.spec as unknown as Spec).containers.map((container) => ({ ...container, resources }));
  return { ...object, spec: { ...object.spec, containers } };
}
