/** Waits until a declared split holds in every layer, clients included: between two faults, before the next is made. */

import { splitsOf } from '../claims/declarations.ts';
import { awaitProxies } from '../delivery/proxy-convergence.ts';
import { readIdentity } from '../documents/identify-kinds.ts';
import type { SplitClaim, TrafficPath } from '../documents/references.ts';
import { environmentError } from '../errors/harness-error.ts';
import { answerOfHost } from '../evidence/ask-host.ts';
import { sameHeld } from '../ledger/layer-steps.ts';
import { weightsOf } from '../lint/routes/declared-split.ts';
import type { RequestSample } from '../ports/request-sample.ts';
import type { Scene } from '../scene/scene.ts';
import { declaredSplit, splitHost } from '../scene/split-claim.ts';
import { placeLoad, readVersion } from '../traffic/traffic-path.ts';

const POLL_MS = 20;
/** Requests that ask for nothing but who answers. */
const ASKING_PER_SECOND = 50;

/** @throws HarnessError FAULT_STAYS naming the layer that still holds something else */
export async function declaredHolds(scene: Scene): Promise<void> {
  for (const claim of splitsOf(scene.profile.claims)) {
    const split = declaredSplit(scene, claim);
    const held = weightsOf(split);
    const { name, namespace } = claim.virtualService;
    const object = `VirtualService ${namespace}/${name}`;
    await inTime(scene, `${object} does not hold what Git declares`, () => {
      const newest = scene.recorder.history(namespace, name).at(-1);
      return newest !== undefined && !newest.deleted && sameHeld(newest.weights, held);
    });
    await inTime(scene, 'a proxy still refuses its configuration', () =>
      scene.recorder.layers.refused.every(({ clearedMs }) => clearedMs !== undefined),
    );
    const late = (await awaitProxies(scene, claim, splitHost(claim))).filter(
      (proxy) => !proxy.converged && !proxy.silent,
    );
    if (late.length > 0) throw stays(`${late.map(({ pod }) => pod).join(', ')} routes otherwise than ${object}`);
    const versions = split.arms.filter(({ weight }) => weight > 0).map(({ version }) => version);
    await everyVersionAnswers(scene, claim, versions);
  }
}

/** Endpoints have no version that a proxy would show: only an answer proves that they are the declared ones again. */
async function everyVersionAnswers(scene: Scene, claim: SplitClaim, versions: readonly string[]): Promise<void> {
  const base = scene.cluster.ingressUrl;
  const ingress = claim.paths.find((path) => path.kind === 'ingress');
  if (base === undefined || ingress?.kind !== 'ingress') return;
  const host = ingress.host ?? new URL(base).host;
  const missing = new Set(versions);
  const { identify } = scene.profile.load;
  if (identify.kind === 'proxy') return everyVersionIsLogged(scene, claim, ingress, missing);
  await inTime(
    scene,
    () => `no client is answered by ${[...missing].join(', ')}`,
    async () => {
      const answer = await answerOfHost(base, host, ingress.path);
      missing.delete(readVersion(readIdentity(identify, answer), claim.service, identify) ?? '');
      return missing.size === 0;
    },
  );
}

/** Where only the proxies tell who answered, a load does the asking. */
async function everyVersionIsLogged(
  scene: Scene,
  { id, service }: SplitClaim,
  path: TrafficPath,
  missing: Set<string>,
): Promise<void> {
  const slow = { ...path, ratePerSecond: ASKING_PER_SECOND };
  const site = { ...scene, ratePerSecond: undefined };
  const phase = `${id.replaceAll('/', '-')}-asked`;
  const { request, argvPrefix } = await placeLoad(site, phase, slow, scene.profile.budgets.routesAppliedMs);
  const onSample = ({ identity }: RequestSample) => {
    missing.delete(readVersion(identity, service, request.identify) ?? '');
    return missing.size === 0 ? 'stop' : 'continue';
  };
  await scene.load.run({ ...request, receiver: service }, argvPrefix, onSample, scene.signal);
  scene.signal.throwIfAborted();
  if (missing.size > 0) throw stays(`no client is answered by ${[...missing].join(', ')}`);
}

async function inTime(
  scene: Scene,
  problem: string | (() => string),
  met: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = scene.now() + scene.profile.budgets.routesAppliedMs;
  while (!(await met())) {
    scene.signal.throwIfAborted();
    if (scene.now() > deadline) throw stays(typeof problem === 'string' ? problem : problem());
    await scene.pause(POLL_MS);
  }
}

function stays(problem: string) {
  return environmentError('FAULT_STAYS', `a fault was withdrawn, but ${problem}`, {
    hint: 'Run the faults one by one, each on a fresh cluster, to see them apart.',
  });
}
