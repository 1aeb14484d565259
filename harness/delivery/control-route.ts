/**
 * A way through the ingress gateway that no trial touches, for control requests: a host of its own, of which `/gateway` is
 * answered by the gateway itself, and `/version` by istiod behind it. Only routes of Istio, in a namespace of ours: no
 * pod, no image, nothing in the application's namespaces.
 */
import { makeNamespace } from '../../k8s/client/make-namespace.ts';
import type { Scene } from '../scene/scene.ts';

const NAMESPACE = 'canaryproof-control';
const CONTROL_HOST = 'control.canaryproof.test';
export const CONTROL_PATHS = { control: '/version', gateway: '/gateway' } as const;

const GATEWAYS = { apiVersion: 'networking.istio.io/v1', resource: 'gateways' } as const;
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

/** @returns undefined where the profile's namespaces hold no Gateway whose programs could be asked */
export async function openControlRoute(
  scene: Pick<Scene, 'client' | 'profile' | 'cluster' | 'signal'>,
): Promise<ControlRoute | undefined> {
  const { client, profile, cluster, signal } = scene;
  if (cluster.ingressUrl === undefined || !profile.addons.includes('istio')) return undefined;
  const lists = profile.namespaces.map(({ name: namespace }) => client.list({ ...GATEWAYS, namespace }));
  const [model] = (await Promise.all(lists)).flat();
  const { selector, servers = [] } = (model?.spec ?? {}) as GatewaySpec;
  // a second protocol on a port of theirs would be one too many
  const plain = servers.find(({ port: one }) => /^HTTP2?$/.test(one?.protocol ?? ''));
  const port = (plain ?? servers[0])?.port?.number;
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
