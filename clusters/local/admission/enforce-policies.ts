/** From applied policies to an API server that refuses: it learns of them a moment later, and says nothing of it. */
import { environmentError } from '../../../harness/errors/harness-error.ts';
import { pause } from '../../../harness/process/pause.ts';
import { ApiError, type ApiRequest, parseAnswer } from '../../../k8s/client/api-request.ts';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { machinePolicies, POD_POLICY, VOLUME_POLICY } from './machine-policies.ts';

const LIMIT_MS = 60_000;
const POLL_MS = 100;

interface Probe {
  readonly policy: string;
  readonly path: string;
  readonly object: unknown;
}

const labels = { app: 'canaryproof-probe' };
/** What each policy must refuse; never made, whoever answers: a dry run. */
const PROBES: readonly Probe[] = [
  {
    policy: POD_POLICY,
    path: '/apis/apps/v1/namespaces/default/deployments?dryRun=All',
    object: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'canaryproof-probe', namespace: 'default' },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { hostPID: true, containers: [{ name: 'c', image: 'example.com/none' }] },
        },
      },
    },
  },
  {
    policy: VOLUME_POLICY,
    path: '/api/v1/persistentvolumes?dryRun=All',
    object: {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'canaryproof-probe' },
      spec: { capacity: { storage: '1Mi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/etc' } },
    },
  },
];

/**
 * Puts the policies there, whole, and returns when the API server refuses by them.
 * @throws HarnessError ADMISSION_NOT_ENFORCED when it does not in time; ApiError on any other answer
 */
export async function enforceMachinePolicies(
  request: ApiRequest,
  signal: AbortSignal,
  limitMs = LIMIT_MS,
): Promise<void> {
  for (const policy of machinePolicies()) await put(request, policy, signal);
  const deadline = performance.now() + limitMs;
  for (const { policy, path, object } of PROBES)
    while (!(await isRefused(request, path, object, policy, signal))) {
      if (performance.now() > deadline)
        throw environmentError('ADMISSION_NOT_ENFORCED', `the API server does not enforce its policy ${policy}`, {
          where: path,
          hint: 'Manifests could reach this machine, so nothing is deployed. Look at the log of kube-apiserver.',
        });
      await pause(POLL_MS, signal);
    }
}

const RESOURCES: Readonly<Record<string, string>> = {
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
};
const TRIES = 5;

/**
 * Not by server-side apply: what others wrote into it since (a selector, an exception, another action) would stay beside
 * what is ours.
 */
async function put(request: ApiRequest, object: KubeObject, signal: AbortSignal): Promise<void> {
  const collection = `/apis/${object.apiVersion}/${RESOURCES[object.kind ?? '']}`;
  const item = `${collection}/${object.metadata.name}`;
  for (let left = TRIES; ; left -= 1) {
    const text = await request('GET', item, { signal }).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    });
    const resourceVersion =
      text === undefined
        ? undefined
        : parseAnswer<KubeObject>(text, item, ({ metadata }) => typeof metadata?.resourceVersion === 'string').metadata
            .resourceVersion;
    const [method, path, body] =
      resourceVersion === undefined
        ? (['POST', collection, object] as const)
        : (['PUT', item, { ...object, metadata: { ...object.metadata, resourceVersion } }] as const);
    try {
      await request(method, path, { body, contentType: 'application/json', signal });
      return;
    } catch (error) {
      // changed, made or removed meanwhile
      if (!(error instanceof ApiError && [404, 409].includes(error.status)) || left === 1) throw error;
    }
  }
}

async function isRefused(request: ApiRequest, path: string, object: unknown, policy: string, signal: AbortSignal) {
  try {
    await request('POST', path, { body: object, contentType: 'application/json', signal });
    return false;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 403 && error.message.includes(policy)) return true;
    // a fresh API server makes the namespace a moment after it is ready
    if (error.status === 404) return false;
    throw error;
  }
}
