/**
 * `identify: proxy`: the proxies of the mesh are asked to log every request, and loads name their receivers by those logs.
 * A cluster of ours is asked as a whole; of a cluster of others only the run's own namespaces are.
 */
import { followLog } from '../../k8s/client/follow-log.ts';
import { answerLogFilter, FILTERS } from '../answerers/answer-log.ts';
import { openAnswerers } from '../answerers/answerers.ts';
import { kindOf } from '../claims/declarations.ts';
import type { TrafficPath } from '../documents/references.ts';
import { environmentError } from '../errors/harness-error.ts';
import { INGRESS_GATEWAY } from '../evidence/ingress-gateway.ts';
import type { LoadRunner } from '../ports/load.ts';
import type { RequestSample } from '../ports/request-sample.ts';
import { pause } from '../process/pause.ts';
import type { Profile } from '../profile/profile.ts';
import { versionOfPod } from '../rollouts/version-of-pod.ts';
import type { Scene } from '../scene/scene.ts';
import { placeLoad } from '../traffic/traffic-path.ts';

export interface NamedLoad extends AsyncDisposable {
  readonly load: LoadRunner;
}

/** So many answers in a row that are all named, and every proxy on the path has the filter and is read. */
const NAMED_IN_A_ROW = 40;
const ASKING_PER_SECOND = 20;
/** Covers the filter on its way to the proxies, and the first flush of their logs. */
const READY_MS = 60_000;

/** @throws HarnessError PROXY_LOG_SILENT (exit 3) when the proxies on a path never name who answered */
export async function nameAnswerers(scene: Scene): Promise<NamedLoad> {
  const { profile, cluster, client } = scene;
  if (profile.load.identify.kind !== 'proxy') return { load: scene.load, async [Symbol.asyncDispose]() {} };
  await using made = new AsyncDisposableStack();
  const isOurs = cluster.provider !== 'existing';
  const places = isOurs ? [INGRESS_GATEWAY.namespace] : profile.namespaces.map(({ name }) => name);
  for (const namespace of places) {
    const filter = answerLogFilter(namespace, isOurs);
    await client.apply([filter]);
    made.defer(() => client.delete({ ...FILTERS, namespace }, filter.metadata.name));
  }
  const images = cluster.provider === 'local' ? profile.images : [];
  const answerers = made.use(
    openAnswerers({
      client,
      follow: (target, onBytes, signal) => followLog(cluster.kubeconfigPath, target, onBytes, signal),
      namespaces: isOurs ? undefined : places,
      versionOf: (pod) => versionOfPod(pod, images),
      now: scene.now,
      pause,
      signal: scene.signal,
    }),
  );
  const load = answerers.joined(scene.load);
  for (const { path, service } of clientPaths(profile)) await awaitNames({ ...scene, load }, path, service);
  const kept = made.move();
  return { load, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Each kind of path once, with the service that its claim speaks of. */
function clientPaths({ claims }: Profile): readonly { readonly path: TrafficPath; readonly service: string }[] {
  const found = claims.flatMap((claim) => {
    const { service, split } = claim as { service?: string; split?: { service?: string } };
    const named = service ?? split?.service;
    return named === undefined ? [] : (kindOf(claim).paths?.(claim) ?? []).map((path) => ({ path, service: named }));
  });
  return [...new Map(found.map((one) => [`${one.path.kind} ${one.service}`, one])).values()];
}

async function awaitNames(scene: Scene, path: TrafficPath, service: string): Promise<void> {
  const step = scene.progress.step(`the proxies name who answers for ${service}, ${path.kind} path`);
  const site = { ...scene, ratePerSecond: undefined };
  const slow = { ...path, ratePerSecond: ASKING_PER_SECOND };
  const placed = await placeLoad(site, `names-${path.kind}-${service}`, slow, READY_MS);
  let inARow = 0;
  const onSample = ({ status, identity }: RequestSample) => {
    if (status > 0 && status < 500) inARow = identity === '' ? 0 : inARow + 1;
    return inARow >= NAMED_IN_A_ROW ? 'stop' : 'continue';
  };
  const { joins } = await scene.load.run(
    { ...placed.request, receiver: service },
    placed.argvPrefix,
    onSample,
    scene.signal,
  );
  scene.signal.throwIfAborted();
  const { answered = 0, joined = 0 } = joins ?? {};
  if (inARow >= NAMED_IN_A_ROW) return step.done(`${joined} of ${answered} answers while the filter spread`);
  step.fail(`${joined} of ${answered} answers`);
  throw environmentError(
    'PROXY_LOG_SILENT',
    `the proxies' access logs named the pod behind ${joined} of ${answered} answers, ${path.kind} path to ${service}`,
    {
      where: `istio-proxy of the pods of ${service}`,
      hint: `Every pod of the Service ${service} needs a sidecar, and what lies between must pass on the User-Agent or x-request-id. Look at the log of such a container: kubectl logs POD -c istio-proxy.`,
    },
  );
}
