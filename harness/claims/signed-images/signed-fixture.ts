/** The profile's own repository on a cluster in memory, whose API server plays Kyverno before a registry in memory. */
import { ApiError } from '../../../k8s/client/api-request.ts';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { declaredImages, isOfRun } from '../../kyverno/declared-images.ts';
import { ENGINES, engine, webhooks } from '../../kyverno/kyverno-fixture.ts';
import { IMAGE_VALIDATING, recordsOf, WEBHOOKS } from '../../kyverno/live-policy.ts';
import { collectRepository } from '../../profile/collect-repository.ts';
import type { Scene } from '../../scene/scene.ts';
import { RUN_IMAGES, type RunImages, type Signer } from '../../signing/run-images.ts';
import { createFakeScene, type FakeScene } from '../../testkit/fakes/fake-scene.ts';
import { packagedProfile } from '../../testkit/fakes/packaged-profiles.ts';
import type { SignedImagesClaim } from './signed-images-claim.ts';

export const NAMESPACE = 'zero-downtime-signatures';
export const POLICY = 'only-signed-images';
const UNSIGNED = 'every image must be signed with the release key';
const UNSIGNED_INIT = 'every image of an init container must be signed with the release key';
export const DENIED = 'admission webhook "ivpol.validate.kyverno.svc-fail" denied the request: ';

/** What lies under a name in the registry. */
interface Kept {
  readonly digest: string;
  readonly signedBy: Signer | undefined;
}

interface PlayedImages extends RunImages {
  readonly kept: ReadonlyMap<string, Kept>;
}

function playedImages(): PlayedImages {
  const kept = new Map<string, Kept>();
  let pushed = 0;
  return {
    kept,
    publicKey: async () => 'PEM',
    async push(reference, signedBy) {
      pushed += 1;
      kept.set(reference, { digest: `sha256:${String(pushed).padStart(64, '0')}`, signedBy });
    },
    digestOf: (reference) => kept.get(reference)?.digest,
    requireRegistry: async () => undefined,
  };
}

interface Container {
  readonly image: string;
}

interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
}

export type Images = Pick<PlayedImages, 'kept'>;

/** Words of Kyverno about the policy of the profile; undefined: admitted. */
export function kyverno({ kind, spec }: KubeObject, { kept }: Images): string | undefined {
  if (kind !== 'Pod') return undefined;
  const { containers, initContainers = [] } = spec as unknown as PodSpec;
  const isUnsigned = ({ image }: Container) => isOfRun(image) && kept.get(image)?.signedBy !== 'release';
  const rule = containers.some(isUnsigned) ? UNSIGNED : initContainers.some(isUnsigned) ? UNSIGNED_INIT : undefined;
  return rule && `${DENIED}Policy ${POLICY} failed: ${rule}`;
}

/** What comes back: images of the run by their digest. */
export function pinned(object: KubeObject, { kept }: Images): KubeObject {
  if (object.kind !== 'Pod') return object;
  const pin = (container: Readonly<Record<string, unknown>>) => {
    const found = kept.get(String(container.image));
    return found ? { ...container, image: `${container.image}@${found.digest}` } : container;
  };
  const { containers, initContainers } = object.spec ?? {};
  return {
    ...object,
    spec: {
      ...object.spec,
      containers: recordsOf(containers).map(pin),
      ...(initContainers ? { initContainers: recordsOf(initContainers).map(pin) } : {}),
    },
  };
}

interface SignedScene {
  readonly scene: FakeScene;
  readonly claim: SignedImagesClaim;
  readonly images: PlayedImages;
  readonly asked: readonly KubeObject[];
}

export interface Change {
  readonly refuses?: (object: KubeObject, images: Images) => string | undefined;
  readonly admitted?: (object: KubeObject, images: Images) => KubeObject;
  readonly spec?: object;
  readonly policy?: Partial<KubeObject>;
  readonly webhook?: object;
  readonly scene?: Partial<Scene>;
  readonly images?: Partial<RunImages>;
}

export async function signedScene(change: Change = {}): Promise<SignedScene> {
  const profile = await packagedProfile(NAMESPACE);
  const [claim] = profile.claims;
  if (claim?.kind !== 'signed-images') throw new TypeError('the profile claims something else');
  const scene = await createFakeScene({ profile, ...change.scene });
  const files = await collectRepository(profile, async () => {
    throw new TypeError('the profile brings all of its files');
  });
  await scene.source.commit(files, 'signed images');
  const played = playedImages();
  for (const one of declaredImages(files, { home: NAMESPACE, namespaces: [NAMESPACE] }))
    await played.push(one, 'release');
  const images = { ...played, ...change.images };
  scene.once(RUN_IMAGES, () => images);
  const { client } = scene;
  client.put(
    { apiVersion: 'v1', resource: 'namespaces' },
    { metadata: { name: NAMESPACE, labels: { 'kubernetes.io/metadata.name': NAMESPACE } } },
  );
  client.put(ENGINES, engine(1));
  client.put(IMAGE_VALIDATING.collection, {
    ...{ apiVersion: 'policies.kyverno.io/v1', kind: IMAGE_VALIDATING.kind, metadata: { name: POLICY } },
    spec: {
      validationActions: ['Deny'],
      validations: [{ message: UNSIGNED }, { message: UNSIGNED_INIT }],
      matchConstraints: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } } },
      ...change.spec,
    },
    status: { conditionStatus: { ready: true } },
    ...change.policy,
  });
  client.put(WEBHOOKS.collection, webhooks(IMAGE_VALIDATING, POLICY, NAMESPACE, change.webhook));
  const asked: KubeObject[] = [];
  const { refuses = kyverno, admitted = pinned } = change;
  client.create = async (_, body, options) => {
    if (!options?.dryRun) throw new TypeError('something is made');
    const object = body as KubeObject;
    asked.push(object);
    const said = refuses(object, images);
    if (said !== undefined) throw new ApiError(400, `POST /api/v1/namespaces/x/pods?dryRun=All: 400 ${said}`);
    return admitted(object, images);
  };
  return { scene, claim, images, asked };
}
