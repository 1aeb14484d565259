/** One held weight against the promises: what each track's pods got, how they answered, and who added pods where. Pure. */
import { percent } from '../../documents/figures.ts';
import type { DeclaredAutoscaler } from './autoscaler.ts';
import { expectedCanaryPods, scaleInWords } from './held-steps.ts';
import type { Held } from './hold.ts';
import { podProblems } from './pod-problems.ts';
import type { StretchReceived } from './receiver-book.ts';
import { at, type Problem, type WeighRequest } from './weigh-request.ts';

export interface WeighedTrack {
  readonly pods: number;
  /** Requests a pod and second, as the receivers counted them. */
  readonly perPod: number;
  /** Of the pod that got most. */
  readonly busiest: number;
  readonly badShare: number;
  readonly requests: number;
}

export interface Weighed {
  readonly held: Held;
  readonly stable: WeighedTrack;
  /** Undefined before the canary. */
  readonly canary: WeighedTrack | undefined;
  readonly problems: readonly Problem[];
}

/** Of the requests that a stretch should have had; the clock of whole seconds is worth one in thirty. */
const REACHED = 0.95;

export function weigh(request: WeighRequest): Weighed {
  const { held, received, stableVersion } = request;
  const isStable = ({ version }: { version: string }) => version === stableVersion;
  const stable = trackOf(received, isStable, held.stable.ready);
  const canary = held.weight === 0 ? undefined : trackOf(received, (pod) => !isStable(pod), held.canary.ready);
  return {
    ...{ held, stable, canary },
    problems: [
      ...loadProblems(request),
      ...(canary ? overloadProblems(request, stable, canary) : peakProblems(request, stable)),
      ...podProblems(request),
    ],
  };
}

function trackOf(
  { pods, seconds: lasted }: StretchReceived,
  isOne: (pod: StretchReceived['pods'][number]) => boolean,
  ready: number,
): WeighedTrack {
  const own = pods.filter(isOne);
  const requests = own.reduce((sum, pod) => sum + pod.requests, 0);
  const bad = own.reduce((sum, pod) => sum + pod.bad, 0);
  const count = Math.max(ready, 1);
  const each = (n: number) => (lasted === 0 ? 0 : n / lasted);
  return {
    ...{ pods: ready, requests, perPod: each(requests) / count },
    busiest: each(Math.max(0, ...own.map((pod) => pod.requests))),
    badShare: requests === 0 ? 0 : bad / requests,
  };
}

function loadProblems({ claim, held, received }: WeighRequest): Problem[] {
  const { requests } = received.all;
  const asked = claim.ratePerSecond * received.seconds;
  if (received.seconds > 0 && requests >= REACHED * asked) return [];
  return [
    {
      ...{ code: 'PEAK_NOT_REACHED', outcome: 'invalid' },
      sentence: `${at(held)} only ${requests} of ${Math.round(asked)} requests of the peak were on record in ${received.seconds} s, so nobody knows what the peak would have done`,
      hint: 'Look at the books of that load: the generator did not send what was asked, or its evidence was cut off.',
    },
  ];
}

function peakProblems({ claim, held, declared }: WeighRequest, stable: WeighedTrack): Problem[] {
  const { objective, ratePerSecond } = claim;
  if (stable.badShare <= objective.objectiveShare) return [];
  return [
    {
      ...{ code: 'PEAK_NOT_HELD', outcome: 'failed' },
      sentence: `stable does not hold ${ratePerSecond} requests/s even before a canary: ${bad(stable)} of its answers were bad with ${stable.pods} pods, ${objective.text} allows ${percent(objective.objectiveShare)}, and ${saw(held, declared)}`,
      hint: 'The target of the autoscaler lies above what a pod holds, or its maximum below what the peak needs.',
    },
  ];
}

function overloadProblems(request: WeighRequest, stable: WeighedTrack, canary: WeighedTrack): Problem[] {
  const { claim, held } = request;
  const allowed = claim.objective.objectiveShare;
  const [canaryBad, stableBad] = [canary.badShare > allowed, stable.badShare > allowed];
  if (!canaryBad && !stableBad) return [];
  const figures = `${at(held)} each of ${canary.pods} canary pods got ${rate(canary.perPod)} requests/s and answered ${bad(canary)} of them badly, each of ${stable.pods} stable pods ${rate(stable.perPod)} and ${bad(stable)}; ${claim.objective.text} allows ${percent(allowed)}`;
  const code = !canaryBad ? 'STABLE_PODS_OVERLOADED' : stableBad ? 'ALL_PODS_OVERLOADED' : 'CANARY_PODS_OVERLOADED';
  return [
    {
      ...{ code, outcome: 'failed' },
      sentence: `${figures}; ${saw(held, request.declared)}${code === 'CANARY_PODS_OVERLOADED' ? `: ${mechanism(request, stable, canary)}` : ''}`,
      hint: 'Give the canary as many pods as its weight (no pinned setCanaryScale), lower the target of the autoscaler by the part that idle stable pods hide, or hold the peak with fewer steps.',
    },
  ];
}

/** Why the autoscaler lets it happen. */
function mechanism({ held, declared, scale }: WeighRequest, stable: WeighedTrack, canary: WeighedTrack): string {
  const { weight, replicas, seen } = held;
  const asWeight = expectedCanaryPods({ scale: undefined, replicas, weight });
  const total = stable.pods + canary.pods;
  const said = [
    ...(canary.pods < asWeight
      ? [
          `${weight} % of ${replicas} replicas are ${asWeight} pods, and there were ${canary.pods}${scale ? `, because ${scaleInWords(scale)}` : ''}`,
        ]
      : []),
    ...(seen?.used !== undefined && seen.used <= 1 + declared.tolerance
      ? [
          `the autoscaler divides the load by all ${total} pods, and the average of busy canary pods and idle stable ones is within its target and tolerance of ${percent(declared.tolerance)} (argo-rollouts issue 4607)`,
        ]
      : replicas >= declared.most
        ? [`the autoscaler is at its maximum of ${declared.most}`]
        : ['the average is above the target, and no pod was added']),
  ];
  return said.join('; ');
}

const rate = (perSecond: number) => perSecond.toFixed(perSecond < 9.95 ? 1 : 0);
const bad = ({ badShare }: WeighedTrack) => percent(badShare, { digits: 3 });

/** What the autoscaler saw, as a clause. */
export function saw({ seen, replicas }: Held, { most }: DeclaredAutoscaler): string {
  const words = seen?.inWords || 'nothing';
  return `the autoscaler saw ${words} and kept ${replicas} of at most ${most} replicas`;
}

/** A weight in the details of the report. */
export function trackInWords({ pods, perPod, busiest, badShare }: WeighedTrack): string {
  return `${pods} pods at ${rate(perPod)}/s each (the busiest ${rate(busiest)}/s), ${percent(badShare, { digits: 3 })} bad`;
}
