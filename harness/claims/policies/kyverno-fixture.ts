/** The profile's own repository on a cluster in memory, whose API server plays Kyverno and what else refuses pods. */
import { ApiError } from '../../../k8s/client/api-request.ts';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { ENGINES, engine, webhooks } from '../../kyverno/kyverno-fixture.ts';
import { VALIDATING, WEBHOOKS } from '../../kyverno/live-policy.ts';
import { collectRepository } from '../../profile/collect-repository.ts';
import type { Scene } from '../../scene/scene.ts';
import { createFakeScene, type FakeScene } from '../../testkit/fakes/fake-scene.ts';
import { packagedProfile } from '../../testkit/fakes/packaged-profiles.ts';
import type { PoliciesClaim } from './policies-claim.ts';

export const NAMESPACE = 'zero-downtime-policies';
export const REQUESTS = 'every container needs requests for CPU and memory';
export const LIMITS = 'every container needs limits for memory';
export const DENIED = 'admission webhook "vpol.validate.kyverno.svc-fail" denied the request: ';

interface Template {
  readonly containers: readonly {
    resources?: { limits?: Record<string, unknown>; requests?: Record<string, unknown> };
  }[];
}

/** What the policy of the profile says about it, as Kyverno does: the first rule that is broken. */
export function brokenRule(object: KubeObject): string | undefined {
  const spec = (object.kind === 'Pod'
    ? object.spec
    : (object.spec?.template as KubeObject | undefined)?.spec) as unknown as Template;
  const lacks = (group: 'limits' | 'requests', resource: string) =>
    spec.containers.some(({ resources }) => resources?.[group]?.[resource] === undefined);
  if (lacks('requests', 'cpu') || lacks('requests', 'memory')) return REQUESTS;
  return lacks('limits', 'memory') ? LIMITS : undefined;
}

export interface PolicyScene {
  readonly scene: FakeScene;
  readonly claim: PoliciesClaim;
  /** Every object that was asked about, in order. */
  readonly asked: readonly KubeObject[];
}

/**
 * @param refuses the words of the API server about an object, without status; undefined: admitted
 * @param admitted what comes back for one that is admitted; default: itself
 */
export async function policyScene(
  change: {
    readonly refuses?: (object: KubeObject) => string | undefined;
    readonly admitted?: (object: KubeObject) => KubeObject;
    readonly spec?: object;
    readonly policy?: Partial<KubeObject>;
    readonly webhook?: object;
    readonly scene?: Partial<Scene>;
  } = {},
): Promise<PolicyScene> {
  const profile = await packagedProfile(NAMESPACE);
  const [claim] = profile.claims;
  if (claim?.kind !== 'policies') throw new TypeError('the profile claims something else');
  const scene = await createFakeScene({ profile, ...change.scene });
  await scene.source.commit(
    await collectRepository(profile, async () => {
      throw new TypeError('the profile brings all of its files');
    }),
    'policies',
  );
  const { client } = scene;
  client.put({ apiVersion: 'v1', resource: 'namespaces' }, namespaceOf(NAMESPACE));
  client.put(ENGINES, engine(1));
  client.put(VALIDATING.collection, {
    ...{ apiVersion: VALIDATING.collection.apiVersion, kind: 'ValidatingPolicy', metadata: { name: claim.policy } },
    spec: {
      validationActions: ['Deny'],
      validations: [{ message: REQUESTS }, { message: LIMITS }],
      matchConstraints: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } } },
      ...change.spec,
    },
    status: { conditionStatus: { ready: true } },
    ...change.policy,
  });
  client.put(WEBHOOKS.collection, webhooks(VALIDATING, claim.policy, NAMESPACE, change.webhook));
  const asked: KubeObject[] = [];
  const { refuses = kyverno, admitted = (object: KubeObject) => object } = change;
  client.create = async (_, body, options) => {
    if (!options?.dryRun) throw new TypeError('something is made');
    const object = body as KubeObject;
    asked.push(object);
    const said = refuses(object);
    if (said !== undefined) throw new ApiError(400, `POST /api/v1/namespaces/x/pods?dryRun=All: 400 ${said}`);
    return admitted(object);
  };
  return { scene, claim, asked };
}

export function kyverno(object: KubeObject): string | undefined {
  const rule = brokenRule(object);
  return rule && `${DENIED}Policy require-requests-and-limits failed: ${rule}`;
}

const namespaceOf = (name: string): KubeObject => ({
  metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
});
