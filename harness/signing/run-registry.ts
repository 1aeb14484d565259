/** The registry of the run as this machine reaches it, through a forwarded port, and what is pushed there by the OCI API. */
import { Agent, type BodyInit, fetch, type Response } from 'undici';
import { forwardToPod } from '../../k8s/client/port-forward.ts';
import { isPodReady } from '../../k8s/client/readiness.ts';
import { environmentError } from '../errors/harness-error.ts';
import type { Scene } from '../scene/scene.ts';
import { type Blob, MANIFEST_TYPE, type TinyImage } from './tiny-image.ts';

const NAMESPACE = 'registry';
const WHERE = `${NAMESPACE}/registry`;
const PORT = 5000;
const CERTIFICATE = {
  collection: { apiVersion: 'v1', resource: 'configmaps', namespace: NAMESPACE },
  name: 'registry-certificate',
  key: 'ca.crt',
} as const;
const ANSWER_MS = 30_000;

/** Where its port is, and whom to trust there. */
export interface RegistryAddress {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** PEM. */
  readonly certificate: string;
}

/**
 * Hands over its address for as long as `use` takes.
 * @throws HarnessError REGISTRY_NOT_READY, REGISTRY_UNREACHABLE (exit 3), and what `use` throws
 */
export async function withRegistry<Found>(
  { client, cluster }: Pick<Scene, 'client' | 'cluster'>,
  use: (address: RegistryAddress) => Promise<Found>,
): Promise<Found> {
  const pods = await client.list({ apiVersion: 'v1', resource: 'pods', namespace: NAMESPACE }, 'app=registry');
  const pod = pods.find((one) => one.metadata.deletionTimestamp === undefined && isPodReady(one));
  const found = await client.get(CERTIFICATE.collection, CERTIFICATE.name);
  const certificate = (found?.data as Readonly<Record<string, string>> | undefined)?.[CERTIFICATE.key];
  if (!pod || certificate === undefined)
    throw environmentError('REGISTRY_NOT_READY', `the registry of the run has no pod that is ready`, {
      where: WHERE,
      hint: 'Is the addon registry among those of the profile? While it is away nobody can look at an image or its signature.',
    });
  const { name } = pod.metadata;
  const forwarded = await forwardToPod(cluster.kubeconfigPath, { namespace: NAMESPACE, pod: name, port: PORT });
  try {
    const address = { host: new URL(forwarded.url).host, certificate };
    await ask(address, 'GET', '/v2/');
    return await use(address);
  } finally {
    forwarded.close();
  }
}

/** @throws HarnessError REGISTRY_UNREACHABLE (exit 3) */
export async function pushImage(
  address: RegistryAddress,
  { repository, tag }: { readonly repository: string; readonly tag: string },
  { manifest, blobs }: TinyImage,
): Promise<void> {
  for (const blob of blobs) await pushBlob(address, repository, blob);
  await ask(address, 'PUT', `/v2/${repository}/manifests/${tag}`, { type: MANIFEST_TYPE, bytes: manifest.bytes });
}

async function pushBlob(address: RegistryAddress, repository: string, { digest, bytes }: Blob): Promise<void> {
  const begun = await ask(address, 'POST', `/v2/${repository}/blobs/uploads/`);
  const location = new URL(begun.headers.get('location') ?? '', `https://${address.host}`);
  location.searchParams.set('digest', digest);
  await ask(address, 'PUT', `${location.pathname}${location.search}`, { type: 'application/octet-stream', bytes });
}

async function ask(
  { host, certificate }: RegistryAddress,
  method: string,
  path: string,
  body?: { readonly type: string; readonly bytes: Uint8Array },
): Promise<Response> {
  const dispatcher = new Agent({ connect: { ca: certificate } });
  const broken = (what: string, cause?: unknown) =>
    environmentError('REGISTRY_UNREACHABLE', `the registry of the run ${what} to ${method} ${path}`, {
      where: WHERE,
      hint: 'Look at its pod and its log.',
      cause,
    });
  try {
    const answer = await fetch(`https://${host}${path}`, {
      ...{ method, dispatcher, redirect: 'manual', signal: AbortSignal.timeout(ANSWER_MS) },
      ...(body ? { body: body.bytes as BodyInit, headers: { 'content-type': body.type } } : {}),
    }).catch((cause: unknown) => {
      throw broken('does not answer', cause);
    });
    const text = await answer.text();
    if (!answer.ok) throw broken(`answers ${answer.status} ${text.trim()}`);
    return answer;
  } finally {
    await dispatcher.close();
  }
}
