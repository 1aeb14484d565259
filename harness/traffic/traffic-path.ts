/** From a profile's client path to a load request at the right place. */

import { isPodReady } from '../../k8s/client/readiness.ts';
import { failureReader, HOPS_HEADER, isHopChain, parseHops, receiverOf } from '../../k8s/workload/hops.ts';
import type { TrafficPath } from '../documents/references.ts';
import { environmentError } from '../errors/harness-error.ts';
import type { LoadPlacement } from '../ports/cluster.ts';
import type { Identify } from '../ports/identify.ts';
import type { LoadRequest } from '../ports/load.ts';
import type { RequestSample } from '../ports/request-sample.ts';
import type { LoadSite } from './load-site.ts';

/**
 * Beside its time-out, what a request holds its virtual user for: that of a machine that stands still, and then has the
 * starts of that time to make up for while every answer takes as long.
 */
const STALL_MS = 1000;
const LEAST_VUS = 20;
const IDENTITY_CACHE = 4096;

export interface PlacedLoad {
  /** Where its clients start. */
  readonly placement: LoadPlacement;
  readonly request: LoadRequest;
  readonly argvPrefix: readonly string[];
  /** Given: k6 runs in pods of the cluster, so many unless the request says how many share it. */
  readonly inCluster?: { readonly runners: number } | undefined;
}

/** What placing a load needs of its site. */
type Place = Pick<LoadSite, 'cluster' | 'client' | 'profile' | 'ratePerSecond'>;

export async function placeLoad(
  site: Place,
  phase: string,
  path: TrafficPath,
  maxDurationMs: number,
): Promise<PlacedLoad> {
  const { profile } = site;
  const ratePerSecond = site.ratePerSecond ?? path.ratePerSecond;
  const placement = await placementOf(site, path);
  const { argvPrefix, ingressUrl, inCluster } = await site.cluster.loadAt(placement);
  const target =
    path.kind === 'ingress'
      ? { url: ingressUrl + path.path, headers: path.host === undefined ? {} : { Host: path.host }, hosts: {} }
      : {
          url: `http://${path.service}:${path.port}${path.path}`,
          headers: {},
          hosts: { [path.service]: await serviceAddress(site, path.service, path.namespace) },
        };
  return {
    placement,
    argvPrefix,
    inCluster,
    request: {
      phase,
      ...target,
      identify: profile.load.identify,
      ratePerSecond,
      maxDurationMs,
      preAllocatedVus: virtualUsers(ratePerSecond, profile.load.requestTimeoutMs),
      requestTimeoutMs: profile.load.requestTimeoutMs,
      newConnectionPerRequest: profile.load.newConnectionPerRequest,
    },
  };
}

/**
 * By Little's law (requests in flight are rate times time in the system) there is one for every request even when all of
 * them wait for their whole time-out, so that a subject that is slow loses answers and never makes the generator drop
 * arrivals, which would void the run. An idle one is cheap: 600 more of them made k6 65 MB larger.
 */
function virtualUsers(ratePerSecond: number, requestTimeoutMs: number): number {
  return Math.max(LEAST_VUS, Math.ceil((ratePerSecond * (requestTimeoutMs + STALL_MS)) / 1000));
}

async function placementOf(site: Place, path: TrafficPath): Promise<LoadPlacement> {
  if (path.kind === 'ingress') return { kind: 'ingress' };
  const selector = Object.entries(path.from)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const pods = await site.client.list({ apiVersion: 'v1', resource: 'pods', namespace: path.namespace }, selector);
  const pod = pods.find((candidate) => isPodReady(candidate));
  if (!pod)
    throw environmentError('LOAD_POD_MISSING', `no ready pod in ${path.namespace} has the labels ${selector}`, {
      hint: 'The in-mesh path of the profile starts its clients in such a pod.',
    });
  return { kind: 'mesh', namespace: path.namespace, pod: pod.metadata.name };
}

async function serviceAddress(site: Place, host: string, namespace: string): Promise<string> {
  const [name = host, inNamespace = namespace] = host.split('.');
  const service = await site.client.get({ apiVersion: 'v1', resource: 'services', namespace: inNamespace }, name);
  const address = (service?.spec as { clusterIP?: string } | undefined)?.clusterIP;
  if (address) return address;
  throw environmentError('SERVICE_ADDRESS_MISSING', `Service ${inNamespace}/${name} has no cluster address`, {
    where: host,
  });
}

/** By this header stand-ins name every receiver behind an answer. */
const HOPS: Identify = { kind: 'header', name: HOPS_HEADER };

/** Reads the version of one service out of what answers say; they repeat, so what was read is kept. */
export function versionReader(service: string, identify: Identify = HOPS): (sample: RequestSample) => string | null {
  return remembering((identity) => readVersion(identity, service, identify));
}

/** Reads which pod of a service answered: only a chain of hops says it. */
export function podReader(service: string): (sample: RequestSample) => string | null {
  return remembering((identity) => {
    try {
      return receiverOf(parseHops(identity), service)?.pod ?? null;
    } catch {
      return null;
    }
  });
}

/** Whether an answer is an error of one service, or says that its caller got one of it and went on without. */
export function errorReader(service: string): (sample: Pick<RequestSample, 'status' | 'identity'>) => boolean {
  const isFailed = failureReader(service);
  return ({ status, identity }) => status >= 500 || isFailed(identity);
}

function remembering(read: (identity: string) => string | null): (sample: RequestSample) => string | null {
  const known = new Map<string, string | null>();
  return ({ identity }) => {
    const before = known.get(identity);
    if (before !== undefined) return before;
    const version = read(identity);
    if (known.size >= IDENTITY_CACHE) known.clear();
    known.set(identity, version);
    return version;
  };
}

/**
 * @param identity a chain of hops; or, of a service that names its version in some way of its own, that name
 * @returns null where nobody is named
 */
export function readVersion(identity: string, service: string, identify: Identify = HOPS): string | null {
  if (isOwnName(identify) && !isHopChain(identity)) return identity === '' ? null : identity;
  try {
    return receiverOf(parseHops(identity), service)?.version ?? null;
  } catch {
    // a damaged chain is an unattributed answer: counted in the books, never guessed
    return null;
  }
}

/** Whether answers may hold something else than a chain: that of the stand-ins' header, or of the proxies, is one. */
function isOwnName(identify: Identify): boolean {
  return identify.kind !== 'proxy' && !(identify.kind === 'header' && identify.name === HOPS_HEADER);
}
