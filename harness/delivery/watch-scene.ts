/**
 * The watchers of a conformance run, from before anything is deployed to its end: objects, proxies, and what istiod
 * knows of their answers. Everything goes raw into the run directory; the recorder keeps what the ledger needs.
 */

import type { KubeObject } from '../../k8s/client/object.ts';
import { splitsOf } from '../claims/declarations.ts';
import { type SeenObject, watchCluster } from '../evidence/cluster-watch.ts';
import { createProxyWatch, type ProxyWatch } from '../evidence/proxy-watch.ts';
import type { RunDirectory } from '../run-directory/run-directory.ts';
import type { LayerRecord } from '../scene/layer-record.ts';
import { hasContainer } from '../scene/pods.ts';
import type { Scene } from '../scene/scene.ts';
import { splitHost } from '../scene/split-claim.ts';

const ISTIO_NAMESPACE = 'istio-system';

/** Resolves when the signal aborts and every reader has ended. */
export async function watchScene(
  scene: Scene,
  directory: Pick<RunDirectory, 'createLines'>,
  signal: AbortSignal,
): Promise<void> {
  const { recorder, profile, client, now } = scene;
  const objects = directory.createLines('objects.jsonl.gz');
  const xds = directory.createLines('xds.jsonl.gz');
  const hosts = [...new Set(splitsOf(profile.claims).map(splitHost))];
  const proxies = createProxyWatch({
    hosts,
    enter: async ({ namespace, pod }) => (await scene.cluster.loadAt({ kind: 'mesh', namespace, pod })).argvPrefix,
    onRoute(seen) {
      xds.write({ kind: 'route', ...seen });
      recorder.layers.route(seen);
    },
    onCounters(seen) {
      xds.write({ kind: 'counters', ...seen });
      recorder.layers.counters(seen);
    },
    onRejections(seen) {
      xds.write({ kind: 'rejections', ...seen });
      recorder.layers.rejections(seen);
    },
    onLost: (proxy, why) => xds.write({ kind: 'lost', atMs: now(), proxy, why }),
    onCost: (proxy, cpuMs, polls) => xds.write({ kind: 'cost', atMs: now(), proxy, cpuMs, polls }),
  });
  const places = {
    namespaces: profile.namespaces.map(({ name }) => name),
    podNamespaces: profile.addons.includes('istio') ? [ISTIO_NAMESPACE] : [],
    applicationNamespace: scene.application.namespace,
  };
  const onObject = (seen: SeenObject) => {
    const { kind, type, object, atMs, arrival } = seen;
    const since = arrival.sinceMs === undefined ? {} : { source: arrival.source, sinceMs: arrival.sinceMs };
    objects.write({ atMs, type, kind, ...since, object });
    if (kind === 'VirtualService') recorder.virtualService(object, arrival, type === 'DELETED' ? type : undefined);
    else if (kind === 'Application' && object.metadata.name === scene.application.name)
      recorder.layers.application(object);
    else if (kind === 'Pod') followPod(proxies, recorder.layers, type === 'DELETED', object);
  };
  try {
    await watchCluster(client, places, now, onObject, signal);
  } finally {
    await proxies[Symbol.asyncDispose]();
  }
}

/** A pod's proxy is followed from the moment its sandbox has an address. */
function followPod(proxies: ProxyWatch, layers: LayerRecord, deleted: boolean, object: KubeObject): void {
  const { namespace = '', name: pod, uid = '', labels = {} } = object.metadata;
  if (deleted) {
    proxies.remove(uid);
    layers.proxyGone(`${namespace}/${pod}`);
    return;
  }
  const role = labels.app === 'istiod' ? 'istiod' : hasContainer(object, 'istio-proxy') ? 'proxy' : undefined;
  if (role === 'proxy' && isRouter(object)) layers.gateway(`${namespace}/${pod}`);
  const address = (object.status as { podIP?: string } | undefined)?.podIP;
  if (role && address) proxies.add({ namespace, pod, uid, role });
}

/** pilot-agent is told what it runs: `proxy sidecar` or `proxy router`. */
function isRouter({ spec }: KubeObject): boolean {
  const { containers = [] } = (spec ?? {}) as { containers?: readonly { name: string; args?: readonly string[] }[] };
  return containers.some(({ name, args = [] }) => name === 'istio-proxy' && args.includes('router'));
}
