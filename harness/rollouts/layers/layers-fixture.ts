/** Evidence of a rollout for tests: layers as steps in seconds, and clients who got what one of them says. */
import type { KubeObject } from '../../../k8s/client/object.ts';
import { createRolloutStream } from '../../traffic/recorded-stream.ts';
import type { DeclaredRollout, RolloutStatus, RolloutStep } from '../rollout-object.ts';
import type { ClientsOf, ProxySeen, RolloutEvidence } from './rollout-evidence.ts';

export type Step = readonly [seconds: number, weight: number];

/** Four steps of half a minute, and the end. */
export const STEPS: readonly Step[] = [
  [0, 0],
  [10, 10],
  [40, 25],
  [70, 50],
  [100, 0],
];
const END_S = 130;
const DECLARED: readonly RolloutStep[] = [10, 25, 50].flatMap((setWeight) => [
  { setWeight },
  { pause: { duration: '30s' } },
]);
const ROLLOUT: DeclaredRollout = {
  ref: { namespace: 'shop', name: 'cart' },
  replicas: 1,
  steps: DECLARED,
  background: undefined,
  ...{ stableService: 'cart-stable', canaryService: 'cart-canary', virtualService: 'cart' },
  routes: [],
  subsets: { destinationRule: 'cart', stable: 'stable', canary: 'canary' },
};

export interface Layers {
  readonly declared?: readonly RolloutStep[];
  readonly given?: readonly RolloutStep[];
  readonly beliefs?: readonly Step[];
  readonly writes?: readonly Step[];
  /** Default: what was written, at once. */
  readonly proxy?: readonly Step[];
  /** Default: what the proxy held. */
  readonly got?: readonly Step[];
  readonly path?: ClientsOf['path'];
  /** Of clients in the mesh beside those of `path`. */
  readonly sidecar?: readonly Step[];
  /** Default: what their sidecar held. */
  readonly meshGot?: readonly Step[];
  /** The sidecar is not read from here to there, in seconds. */
  readonly unread?: readonly [from: number, to: number];
  readonly virtualService?: KubeObject;
}

const at = (steps: readonly Step[], seconds: number) => steps.findLast(([from]) => from <= seconds)?.[1] ?? 0;
const indexAt = (seconds: number) => [-1, 10, 40, 70].findLastIndex((from) => from <= seconds) * 2 - 1;

export function evidenceOf(layers: Layers): RolloutEvidence {
  const { beliefs = STEPS, writes = STEPS, declared, given = DECLARED } = layers;
  const proxy = layers.proxy ?? writes;
  const got = layers.got ?? proxy;
  const { sidecar, meshGot = sidecar, unread, virtualService } = layers;
  const status = (seconds: number, change: Partial<RolloutStatus>) => ({
    atMs: seconds * 1_000,
    status: { phase: 'Progressing', stableHash: 'a', currentHash: 'b', abort: false, ...change } as RolloutStatus,
  });
  return {
    rollout: { ...ROLLOUT, steps: given },
    git: declared && { steps: declared, where: 'rollout.yaml' },
    watch: {
      rollout: {
        metadata: {
          name: 'cart',
          managedFields: [
            {
              manager: 'kubectl-edit',
              time: '1970-01-01T00:00:05Z',
              fieldsV1: { 'f:spec': { 'f:strategy': { 'f:canary': { 'f:steps': {} } } } },
            },
          ],
        },
      },
      virtualService,
      beliefs: beliefs.map(([from, weight]) => ({ atMs: from * 1_000, weight, writer: 'rollouts-controller' })),
      weights: writes.map(([from, weight]) => ({
        ...{ atMs: from * 1_000 - 100, weight, resourceVersion: String(from), writer: 'somebody' },
      })),
      statuses: [
        status(-1, { currentHash: 'a', stepIndex: undefined }),
        ...[1, 10, 40, 70].map((from) => status(from, { stepIndex: Math.max(0, indexAt(from)) })),
        status(100, { abort: true }),
      ],
    },
    proxies: [...proxySeen('ingress', proxy), ...(sidecar ? withGap(proxySeen('mesh', sidecar), unread) : [])],
    clients: [
      { path: layers.path ?? 'ingress', stream: streamOf(got) },
      ...(meshGot ? [{ path: 'mesh' as const, stream: streamOf(meshGot) }] : []),
    ],
    versions: ['v1', 'v2'],
    endMs: END_S * 1_000,
  };
}

const PROXIES = {
  ingress: { proxy: 'istio-system/gateway', host: 'cart.test' },
  mesh: { proxy: 'shop/client', host: 'cart.shop.svc.cluster.local' },
};

const proxySeen = (path: ClientsOf['path'], steps: readonly Step[]): readonly ProxySeen[] =>
  steps.map(([from, weight]) => ({
    ...{ path, ...PROXIES[path], atMs: from * 1_000, sinceMs: undefined, version: 'v' },
    weights: weight === 0 ? { stable: 100 } : { stable: 100 - weight, canary: weight },
  }));

/** What it took meanwhile is told when it is read again, with the time at which it took it. */
function withGap(seen: readonly ProxySeen[], unread: Layers['unread']): readonly ProxySeen[] {
  if (unread === undefined) return seen;
  const [fromMs, toMs] = [unread[0] * 1_000, unread[1] * 1_000];
  const [before, after] = [seen.filter(({ atMs }) => atMs < fromMs), seen.filter(({ atMs }) => atMs >= toMs)];
  const again = seen.findLast(({ atMs }) => atMs < toMs);
  const { weights: _, ...gap } = seen[0]!;
  const lost: ProxySeen = { ...gap, atMs: fromMs, weights: undefined, lost: 'it was killed' };
  return [...before, lost, ...(again && toMs < END_S * 1_000 ? [again] : []), ...after];
}

/** A hundred a second, of which every hundredth part goes where it should in turn. */
function streamOf(got: readonly Step[]) {
  const stream = createRolloutStream();
  let owed = 0;
  for (let sequence = 0; sequence < END_S * 100; sequence += 1) {
    const startMs = sequence * 10;
    owed += at(got, startMs / 1_000) / 100;
    const isCanary = owed >= 1;
    if (isCanary) owed -= 1;
    const sample = { sequence, startMs, endMs: startMs + 4, status: 200, errorCode: 0, vu: 1, identity: '' };
    stream.add(sample, isCanary ? 'v2' : 'v1');
  }
  return stream;
}
