/**
 * A way through the ingress gateway that no trial touches, for control requests: a host of its own, of which `/gateway` is
 * answered by the gateway itself, and `/version` by istiod behind it. Only routes of Istio, in a namespace of ours: no
 * pod, no image, nothing in the application's namespaces.
 */

import { makeNamespace } from '../../k8s/client/make-namespace.ts';
import type { KubeObject } from '../../k8s/client/object.ts';
import type { Scene } from '../scene/scene.ts';

const NAMESPACE = 'canaryproof-control';
const CONTROL_HOST = 'control.canaryproof.test';
export const CONTROL_PATHS = { control: '/version', gateway: '/gateway' } as const;

const GATEWAYS = { apiVersion: 'networking.istio.io/v1', resource: 'gateways' } as const;
const VIRTUAL_SERVICES = { apiVersion: 'networking.istio.io/v1', resource: 'virtualservices' } as const;
const NAMESPACES = { apiVersion: 'v1', resource: 'namespaces' } as const;
/** istiod's own monitoring port, plain HTTP in every installation. */
const ISTIOD = { host: 'istiod.istio-system.svc.cluster.local', port: { number: 15_014 } } as const;

interface GatewaySpec {
  readonly selector?: object;
  readonly servers?: readonly { readonly port?: { readonly number?: number; readonly protocol?: string } }[];
}

export interface ControlRoute extends AsyncDisposable {
  readonly host: string;
}

/** @returns undefined where neither the profile's namespaces nor their routes have a Gateway whose programs could be asked */
export async function openControlRoute(
  scene: Pick<Scene, 'client' | 'profile' | 'cluster' | 'signal'>,
): Promise<ControlRoute | undefined> {
  const { client, profile, cluster, signal } = scene;
  if (cluster.ingressUrl === undefined || !profile.addons.includes('istio')) return undefined;
  const namespaces = profile.namespaces.map(({ name }) => name);
  const [own] = (await Promise.all(namespaces.map((namespace) => client.list({ ...GATEWAYS, namespace })))).flat();
  const model = own ?? (await boundGateway(client, namespaces));
  const { selector, servers = [] } = (model?.spec ?? {}) as GatewaySpec;
  // a second protocol on a port of theirs would be one too many
  const plain = servers.find(({ port: one }) => /^HTTP2?$/.test(one?.protocol ?? ''));
  // beside one of another namespace, which others may use, nothing is tried out
  const port = (plain ?? (own ? servers[0] : undefined))?.port?.number;
  if (selector === undefined || port === undefined) return undefined;
  await makeNamespace(client, NAMESPACE, { signal });
  const metadata = { name: 'control', namespace: NAMESPACE };
  await client.apply([
    {
      apiVersion: GATEWAYS.apiVersion,
      kind: 'Gateway',
      metadata,
      spec: { selector, servers: [{ port: { number: port, name: 'http', protocol: 'HTTP' }, hosts: [CONTROL_HOST] }] },
    },
    {
      apiVersion: GATEWAYS.apiVersion,
      kind: 'VirtualService',
      metadata,
      spec: {
        hosts: [CONTROL_HOST],
        gateways: [metadata.name],
        http: [
          { match: [{ uri: { exact: CONTROL_PATHS.gateway } }], directResponse: { status: 200 } },
          { route: [{ destination: ISTIOD }] },
        ],
      },
    },
  ]);
  return {
    host: CONTROL_HOST,
    async [Symbol.asyncDispose]() {
      await client.delete(NAMESPACES, NAMESPACE);
    },
  };
}

/** The first Gateway of another namespace, such as istio-system, that a route of these is bound to as `namespace/name`. */
async function boundGateway(
  client: Pick<Scene['client'], 'list'>,
  namespaces: readonly string[],
): Promise<KubeObject | undefined> {
  const lists = await Promise.all(namespaces.map((namespace) => client.list({ ...VIRTUAL_SERVICES, namespace })));
  const named = lists.flat().flatMap(({ spec }) => (spec as { readonly gateways?: readonly string[] })?.gateways ?? []);
  for (const reference of new Set(named)) {
    const [namespace = '', name] = reference.split('/');
    if (name === undefined) continue;
    // a user of somebody's cluster may not read there, and the run goes on without it
    const there = await client.list({ ...GATEWAYS, namespace }).catch((): readonly KubeObject[] => []);
    const found = there.find((gateway) => gateway.metadata.name === name);
    if (found) return found;
  }
  return undefined;
}
