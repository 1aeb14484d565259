import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { ENGINES, engine } from '../../kyverno/kyverno-fixture.ts';
import { IMAGE_VALIDATING } from '../../kyverno/live-policy.ts';
import { fewOf } from '../../testkit/runner/thorough.ts';
import { judgeClaim } from '../judge-in-order.ts';
import { judgeSignedImages } from './judge.ts';
import { type Change, DENIED, type Images, kyverno, NAMESPACE, POLICY, pinned, signedScene } from './signed-fixture.ts';

async function judged(change: Change = {}, ofClaim: object = {}) {
  const { scene, claim } = await signedScene(change);
  return judgeSignedImages({ ...claim, ...ofClaim }, scene);
}

const imagesOf = ({ spec }: KubeObject): string[] =>
  [...((spec?.containers ?? []) as { image: string }[]), ...((spec?.initContainers ?? []) as { image: string }[])].map(
    ({ image }) => image,
  );
const has = (object: KubeObject, word: string) =>
  object.kind === 'Pod' && imagesOf(object).some((one) => one.includes(word));

/** Believes of a name what it was when it was first verified. */
function remembering() {
  const verified = new Set<string>();
  return (object: KubeObject, images: Images) => {
    if (object.kind === 'Pod' && imagesOf(object).every((one) => verified.has(one))) return undefined;
    const said = kyverno(object, images);
    if (said === undefined) for (const one of imagesOf(object)) verified.add(one);
    return said;
  };
}

test('signed images are admitted by their digest; all others of the registry are refused by rules of the policy', async () => {
  const { scene, claim, asked, images } = await signedScene();
  const { claim: result, findings } = await judgeSignedImages(claim, scene);
  expect(findings).toEqual([]);
  expect(result).toMatchObject({
    outcome: 'passed',
    sentence:
      'ImageValidatingPolicy only-signed-images admits all 4 objects as Git declares them and 4 pods with images that the release key signed, each by the digest that was pushed, and refuses each of 10 pods with an image that is unsigned, that another key signed, or whose tag was moved to an unsigned one, by its own rules; an image from another registry is admitted, as declared; it fails closed. Asked by dry run, nothing was made; the signatures are in no transparency log.',
  });
  expect(result.details).toContainEqual({
    label: `the pod of Rollout ${NAMESPACE}/zero-downtime-app with an init container of an unsigned image`,
    value: `refused by ${POLICY}, validation 2: every image of an init container must be signed with the release key`,
  });
  // two rounds before a tag is moved and two after it
  expect(asked).toHaveLength(2 * 18 + 2 * 2);
  expect(asked.filter(({ metadata: { name } }) => !name.endsWith('-canaryproof-asks'))).toEqual([]);
  const trials = [...images.kept].filter(([name]) => name.includes('canaryproof-asks'));
  expect(trials.map(([, { signedBy }]) => signedBy)).toEqual(['release', undefined, 'another', undefined]);
  // no name of an earlier judgement: Kyverno remembers what it has verified
  await judgeSignedImages(claim, scene);
  expect([...images.kept].filter(([name]) => name.includes('canaryproof-asks'))).toHaveLength(8);
});

describe('fails', () => {
  const admitting = (word: string): Change => ({
    refuses: (object, images) => (has(object, word) ? undefined : kyverno(object, images)),
  });
  test.each<[string, Change, string, string]>(
    fewOf(6, [
      [
        'when the policy audits',
        { spec: { validationActions: ['Audit'] } },
        'POLICY_ONLY_AUDITS',
        'validationActions are Audit',
      ],
      [
        'when the policy audits, and all is admitted: because of that alone',
        { spec: { validationActions: ['Audit'] }, refuses: () => undefined },
        'POLICY_ONLY_AUDITS',
        'Audit; 10 of 10 pods that had to be refused were admitted',
      ],
      [
        'when an unsigned image is admitted',
        admitting('/unsigned:'),
        'POLICY_ADMITS_UNSIGNED',
        'with an unsigned image is admitted (so are 5 more like it)',
      ],
      [
        'when a rule looks at the first container alone',
        {
          refuses: (object, images) => {
            const { containers = [] } = (object.spec ?? {}) as { containers?: object[] };
            return kyverno({ ...object, spec: { containers: containers.slice(0, 1) } }, images);
          },
        },
        'POLICY_ADMITS_UNSIGNED',
        'with a second container of an unsigned image is admitted (so are 3 more like it)',
      ],
      [
        'when any key will do',
        admitting('/another-key:'),
        'POLICY_ADMITS_ANOTHER_KEY',
        'with an image that another key signed is admitted',
      ],
      [
        'when what was verified once is believed under its tag',
        { refuses: remembering() },
        'POLICY_ADMITS_MOVED_TAG',
        'whose tag was moved from a signed one to an unsigned one is admitted',
      ],
      [
        'when tags are left as they are',
        { admitted: (object) => object },
        'POLICY_TAG_NOT_PINNED',
        'is admitted with registry.registry.svc/zero-downtime-prices:v1.0.0 by its tag',
      ],
      [
        'when an image is admitted by another digest than it has',
        {
          admitted: (object, images) => {
            const changed = pinned(object, images);
            return JSON.parse(JSON.stringify(changed).replaceAll(/sha256:0+(\d)/g, 'sha256:$1')) as KubeObject;
          },
        },
        'POLICY_PINS_WRONG_DIGEST',
        'and what was pushed under that tag is sha256:000',
      ],
      [
        'when what the release key signed is refused',
        {
          refuses: (object, images) =>
            has(object, '/signed:') || has(object, '/movable:')
              ? `${DENIED}Policy ${POLICY} failed: every image must be signed with the release key`
              : kyverno(object, images),
        },
        'POLICY_REFUSES_SIGNED',
        'with a signed image is refused (only-signed-images: every image must be signed with the release key)',
      ],
      [
        'when what Git declares is refused',
        {
          refuses: (object, images) =>
            object.kind === 'Rollout' ? `${DENIED}Policy older failed: no` : kyverno(object, images),
        },
        'POLICY_REFUSES_CONFORMING',
        'is refused as Git declares it (older: no)',
      ],
      [
        'when an image from another registry is refused, against the claim',
        {
          refuses: (object, images) =>
            has(object, 'elsewhere') ? `${DENIED}Policy ${POLICY} failed: not ours` : kyverno(object, images),
        },
        'POLICY_REFUSES_OTHER_REGISTRY',
        'with an image from another registry is refused (only-signed-images: not ours)',
      ],
      [
        'when an error refuses, and no rule',
        {
          refuses: (object, images) =>
            kyverno(object, images) && `${DENIED}Policy ${POLICY} error: no such key: containers`,
        },
        'POLICY_REFUSAL_UNNAMED',
        'but by no rule of the policy (an error, no such key: containers)',
      ],
      [
        'when no rule of the policy as it is now says why',
        {
          refuses: (object, images) =>
            kyverno(object, images) && `${DENIED}Policy ${POLICY} failed: what it said before`,
        },
        'POLICY_REFUSAL_UNNAMED',
        '(what it said before)',
      ],
      [
        'when the policy leaves the namespace out',
        { spec: { matchConstraints: { namespaceSelector: { matchLabels: { a: 'b' } } } }, refuses: () => undefined },
        'POLICY_NAMESPACE_EXCLUDED',
        '10 of 10 pods that had to be refused were admitted',
      ],
      ['when it fails open', { spec: { failurePolicy: 'Ignore' } }, 'POLICY_FAILS_OPEN', 'while Kyverno is away'],
      [
        'when the webhook asks about another policy',
        { webhook: { clientConfig: { service: { path: '/ivpol/validate/fail/another' } } } },
        'POLICY_NOT_REGISTERED',
        'no webhook asks Kyverno about ImageValidatingPolicy',
      ],
      [
        'when Kyverno has not looked at it',
        { policy: { status: {} } },
        'POLICY_NOT_READY',
        'has said nothing about it',
      ],
    ]),
  )('%s', async (_, change, code, sentence) => {
    const { claim, findings } = await judged(change);
    expect(findings?.map((finding) => finding.code)).toEqual([code]);
    expect(findings?.[0]).toMatchObject({ severity: 'error', hint: expect.stringMatching(/\S/) as string });
    expect(claim).toMatchObject({ outcome: 'failed', sentence: expect.stringContaining(sentence) as string });
  });

  test('when an image from another registry is admitted, against the claim', async () => {
    const { claim, findings } = await judged({}, { otherRegistries: 'refused' });
    expect(findings?.map(({ code }) => code)).toEqual(['POLICY_ADMITS_OTHER_REGISTRY']);
    expect(claim.outcome).toBe('failed');
  });
});

describe('passes, too', () => {
  test('where tags are meant to stay, though not where a moved one is admitted', async () => {
    const stays = { pinsDigests: false };
    expect((await judged({ admitted: (object) => object }, stays)).claim.outcome).toBe('passed');
    const { findings } = await judged({ admitted: (object) => object, refuses: remembering() }, stays);
    expect(findings?.map(({ code }) => code)).toEqual(['POLICY_ADMITS_MOVED_TAG']);
  });

  test('where other registries are refused as declared, if only because nobody can look there', async () => {
    const refuses: Change['refuses'] = (object, images) =>
      has(object, 'elsewhere')
        ? `${DENIED}Policy ${POLICY} error: failed to resolve digest for image registry.invalid/a: no such host`
        : kyverno(object, images);
    expect((await judged({ refuses }, { otherRegistries: 'refused' })).claim.outcome).toBe('passed');
  });

  test('where `required` says it of that very image, in words of Kyverno', async () => {
    const refuses: Change['refuses'] = (object, images) => {
      if (kyverno(object, images) === undefined) return undefined;
      const of = imagesOf(object).find((one) => images.kept.get(one)?.signedBy !== 'release');
      return `${DENIED}Policy ${POLICY} failed: image ${of}@sha256:0 is not verified: no policy performed a signature or attestation check on it`;
    };
    expect((await judged({ refuses })).claim.outcome).toBe('passed');
  });
});

describe('proves nothing', () => {
  test('when a quota refuses what the policy would refuse', async () => {
    const quota = 'pods "x" is forbidden: exceeded quota: compute';
    const { claim, findings } = await judged({ refuses: (object, images) => kyverno(object, images) && quota });
    expect(findings?.map(({ code }) => code)).toEqual(['POLICY_REFUSED_BY_OTHER']);
    expect(claim.outcome).toBe('inconclusive');
  });

  test('where Git declares nothing with pods', async () => {
    const { claim, findings } = await judged({}, { namespace: 'nowhere' });
    expect(claim.outcome).not.toBe('passed');
    expect(findings).toContainEqual(expect.objectContaining({ code: 'POLICY_NOTHING_DECLARED' }));
  });
});

describe('cannot be judged', () => {
  const away = environmentError('REGISTRY_NOT_READY', 'the registry of the run has no pod that is ready');
  test.each<[string, Change, string]>([
    [
      'while the API server cannot ask Kyverno',
      { refuses: () => 'failed calling webhook "ivpol.validate.kyverno.svc-fail": EOF' },
      'POLICY_ENGINE_UNREACHABLE',
    ],
    ['while the registry is away', { images: { requireRegistry: () => Promise.reject(away) } }, 'REGISTRY_NOT_READY'],
    [
      'while cosign signs nothing',
      { images: { push: () => Promise.reject(environmentError('SIGNING_FAILED', 'cosign could not sign')) } },
      'SIGNING_FAILED',
    ],
    [
      'while Kyverno gets nothing from the registry',
      {
        refuses: (object) =>
          object.kind === 'Pod'
            ? `admission webhook "ivpol.mutate.kyverno.svc-fail" denied the request: Policy ${POLICY} error: mutateDigest: failed to update digest: failed to resolve digest for image registry.registry.svc/a:b: Get "https://registry.registry.svc/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority`
            : undefined,
      },
      'REGISTRY_UNREADABLE',
    ],
  ])('%s', async (_, change, code) => {
    const { scene, claim } = await signedScene(change);
    const result = await judgeClaim(claim, scene);
    expect(result.claim.outcome).toBe('invalid');
    expect(result.findings).toMatchObject([{ code, layer: 'instrument' }]);
  });

  test.each([
    ['is not installed', undefined],
    ['is not ready', engine(0)],
  ])('when Kyverno %s', async (_, deployment) => {
    const { scene, claim } = await signedScene();
    if (deployment) scene.client.put(ENGINES, deployment);
    else scene.client.remove(ENGINES, 'kyverno-admission-controller');
    const result = await judgeClaim(claim, scene);
    expect(result.claim.outcome).toBe('invalid');
    expect(result.findings).toMatchObject([{ code: 'POLICY_ENGINE_NOT_READY' }]);
  });

  test('when the registry goes while questions are asked', async () => {
    let looked = 0;
    const { scene, claim } = await signedScene({
      images: {
        requireRegistry: async () => {
          looked += 1;
          if (looked > 1) throw away;
        },
      },
    });
    const result = await judgeClaim(claim, scene);
    expect(result.findings).toMatchObject([{ code: 'REGISTRY_NOT_READY' }]);
  });
});

test('the policy is not in the cluster', async () => {
  const { scene, claim } = await signedScene();
  scene.client.remove(IMAGE_VALIDATING.collection, POLICY);
  const { claim: result } = await judgeSignedImages(claim, scene);
  expect(result).toMatchObject({
    outcome: 'failed',
    sentence: expect.stringContaining('not in the cluster') as string,
  });
});

test('the run ends in the middle: nothing comes of it', async () => {
  const controller = new AbortController();
  const reason = new Error('interrupted');
  const { scene, claim, asked } = await signedScene({
    scene: { signal: controller.signal },
    refuses: (object, images) => {
      const said = kyverno(object, images);
      if (said) controller.abort(reason);
      return said;
    },
  });
  await expect(judgeClaim(claim, scene)).rejects.toBe(reason);
  expect(asked.length).toBeLessThan(18);
});
