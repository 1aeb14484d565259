/** What a Rollout declares and says of itself, read from the object. Pure. */
import type { KubeObject } from '../../k8s/client/object.ts';
import { objectName } from '../../k8s/client/object.ts';
import type { NamedRef } from '../documents/references.ts';
import { usageError } from '../errors/harness-error.ts';

export const ROLLOUTS = { apiVersion: 'argoproj.io/v1alpha1', resource: 'rollouts' } as const;
/** On every pod of a Rollout: which version of its template it is. */
export const HASH_LABEL = 'rollouts-pod-template-hash';
export const ANALYSIS_RUNS = { apiVersion: 'argoproj.io/v1alpha1', resource: 'analysisruns' } as const;
export const ANALYSIS_TEMPLATES = { apiVersion: 'argoproj.io/v1alpha1', resource: 'analysistemplates' } as const;
export const VIRTUAL_SERVICES = { apiVersion: 'networking.istio.io/v1', resource: 'virtualservices' } as const;

export interface AnalysisStep {
  readonly templates?: readonly { readonly templateName: string; readonly clusterScope?: boolean }[];
  readonly args?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
  /** Of an analysis in the background. */
  readonly startingStep?: number;
}
/** How many canary pods there are from then on; matchTrafficWeight: as many as the weight again. */
export interface CanaryScale {
  readonly replicas?: number;
  /** In percent of `spec.replicas`. */
  readonly weight?: number;
  readonly matchTrafficWeight?: boolean;
}
export interface RolloutStep {
  readonly setWeight?: number;
  readonly setCanaryScale?: CanaryScale;
  readonly pause?: { readonly duration?: string | number };
  readonly analysis?: AnalysisStep;
}

/** The part of a Rollout that progressive delivery through Istio is made of. */
export interface DeclaredRollout {
  readonly ref: NamedRef;
  readonly replicas: number;
  readonly steps: readonly RolloutStep[];
  readonly background: AnalysisStep | undefined;
  readonly stableService: string | undefined;
  readonly canaryService: string | undefined;
  readonly virtualService: string;
  /** Names of its routes that the controller writes weights into; none: it has one route. */
  readonly routes: readonly string[];
  /** Undefined: split between hosts and not between subsets. */
  readonly subsets: { readonly destinationRule: string; readonly stable: string; readonly canary: string } | undefined;
}

interface RoutedBy {
  readonly name?: string;
  readonly routes?: readonly string[];
}

interface CanaryStrategy {
  readonly steps?: readonly RolloutStep[];
  readonly analysis?: AnalysisStep;
  readonly stableService?: string;
  readonly canaryService?: string;
  readonly trafficRouting?: {
    readonly istio?: {
      readonly virtualService?: RoutedBy;
      readonly virtualServices?: readonly RoutedBy[];
      readonly destinationRule?: {
        readonly name?: string;
        readonly stableSubsetName?: string;
        readonly canarySubsetName?: string;
      };
    };
  };
}

function canaryStrategy(rollout: KubeObject): CanaryStrategy | undefined {
  return (rollout.spec as { strategy?: { canary?: CanaryStrategy } } | undefined)?.strategy?.canary;
}

/** @throws HarnessError (exit 2) ROLLOUT_NO_CANARY, ROLLOUT_NO_STEPS, ROLLOUT_NO_TRAFFIC_ROUTING */
export function readRollout(rollout: KubeObject): DeclaredRollout {
  const declared = readCanary(rollout);
  if (!takesWeights(declared)) {
    const where = objectName(rollout);
    throw usageError('ROLLOUT_NO_STEPS', `${where} declares no setWeight step`, {
      where,
      hint: 'Without steps a canary goes to 100 % at once, and there is nothing to watch.',
    });
  }
  return declared;
}

/** Whether a release of it is ever between nothing and everything. */
export function takesWeights({ steps }: Pick<DeclaredRollout, 'steps'>): boolean {
  return steps.some(({ setWeight }) => setWeight !== undefined);
}

/**
 * Also of a Rollout whose releases go to everybody at once.
 * @throws HarnessError (exit 2) ROLLOUT_NO_CANARY, ROLLOUT_NO_TRAFFIC_ROUTING
 */
export function readCanary(rollout: KubeObject): DeclaredRollout {
  const where = objectName(rollout);
  const canary = canaryStrategy(rollout);
  if (!canary)
    throw usageError('ROLLOUT_NO_CANARY', `${where} has no canary strategy`, {
      where,
      hint: 'Claims about canary steps and rollback limits need spec.strategy.canary.',
    });
  const istio = canary.trafficRouting?.istio;
  const routedBy = istio?.virtualService?.name === undefined ? istio?.virtualServices?.[0] : istio.virtualService;
  if (!istio || routedBy?.name === undefined)
    throw usageError('ROLLOUT_NO_TRAFFIC_ROUTING', `${where} has no Istio traffic routing`, {
      where,
      hint: 'Without spec.strategy.canary.trafficRouting.istio weights are pod counts: 10 % of one pod is all of it.',
    });
  const { destinationRule } = istio;
  return {
    ref: { name: rollout.metadata.name, namespace: rollout.metadata.namespace ?? '' },
    replicas: Number((rollout.spec as { replicas?: number } | undefined)?.replicas ?? 1),
    steps: canary.steps ?? [],
    background: canary.analysis,
    stableService: canary.stableService,
    canaryService: canary.canaryService,
    virtualService: routedBy.name,
    routes: routedBy.routes ?? [],
    subsets:
      destinationRule?.name === undefined
        ? undefined
        : {
            destinationRule: destinationRule.name,
            stable: destinationRule.stableSubsetName ?? 'stable',
            canary: destinationRule.canarySubsetName ?? 'canary',
          },
  };
}

/** Shares in the order in which clients must see them: nothing, every step's, everything. */
export function declaredShares({ steps }: Pick<DeclaredRollout, 'steps'>): number[] {
  const weights = steps.flatMap(({ setWeight }) => (setWeight === undefined ? [] : [setWeight / 100]));
  return [0, ...weights, 1].filter((share, i, all) => share !== all[i - 1]);
}

interface HttpRoute {
  readonly name?: string;
  readonly route?: readonly WeightedRoute[];
}
interface WeightedRoute {
  readonly weight?: number;
  readonly destination?: { readonly host?: string; readonly subset?: string };
}

export function weightedRoutes(virtualService: KubeObject): readonly (readonly WeightedRoute[])[] {
  return httpRoutes(virtualService).map(({ route = [] }) => route);
}

function httpRoutes(virtualService: KubeObject): readonly HttpRoute[] {
  return (virtualService.spec as { http?: readonly HttpRoute[] } | undefined)?.http ?? [];
}

/** Whether a route entry leads to the canary. */
export function isCanaryRoute(route: WeightedRoute, rollout: DeclaredRollout): boolean {
  if (rollout.subsets) return route.destination?.subset === rollout.subsets.canary;
  return route.destination?.host?.split('.')[0] === rollout.canaryService;
}

/**
 * The canary's weight in per cent, of the first route that the controller writes: one for testers, whose header leads to the
 * canary at any weight, may stand before it. Undefined when none leads there.
 */
export function canaryWeight(virtualService: KubeObject, rollout: DeclaredRollout): number | undefined {
  const { routes } = rollout;
  const written = httpRoutes(virtualService).filter(
    ({ name }) => routes.length === 0 || (name !== undefined && routes.includes(name)),
  );
  for (const { route = [] } of written) {
    const entry = route.find((candidate) => isCanaryRoute(candidate, rollout));
    if (entry) return entry.weight ?? (route.length === 1 ? 100 : 0);
  }
  return undefined;
}

/** What the controller says of a Rollout. */
export interface RolloutStatus {
  readonly phase: string;
  readonly message: string;
  readonly abort: boolean;
  readonly abortedAt: string | undefined;
  readonly stepIndex: number | undefined;
  readonly stableHash: string | undefined;
  readonly currentHash: string | undefined;
  readonly pauseReasons: readonly string[];
  readonly observedGeneration: number;
}

export function rolloutStatus(rollout: KubeObject | undefined): RolloutStatus {
  const status = (rollout?.status ?? {}) as {
    phase?: string;
    message?: string;
    abort?: boolean;
    abortedAt?: string;
    currentStepIndex?: number;
    stableRS?: string;
    currentPodHash?: string;
    pauseConditions?: readonly { reason: string }[];
    observedGeneration?: string | number;
  };
  return {
    phase: status.phase ?? 'Unknown',
    message: status.message ?? '',
    abort: status.abort === true,
    abortedAt: status.abortedAt,
    stepIndex: status.currentStepIndex,
    stableHash: status.stableRS,
    currentHash: status.currentPodHash,
    pauseReasons: (status.pauseConditions ?? []).map(({ reason }) => reason),
    observedGeneration: Number(status.observedGeneration ?? 0),
  };
}

/** Canary weight in per cent that the controller says it has set; undefined where it says none. */
export function believedWeight(rollout: KubeObject | undefined): number | undefined {
  const { canary } = (rollout?.status ?? {}) as { canary?: { weights?: { canary?: { weight?: unknown } } } };
  const weight = canary?.weights?.canary?.weight;
  return typeof weight === 'number' ? weight : undefined;
}

/** Everything on the newest template, nothing under way, and the controller has seen the newest spec. */
export function isRolloutSettled(rollout: KubeObject | undefined): boolean {
  if (!rollout) return false;
  const { phase, stableHash, currentHash, observedGeneration } = rolloutStatus(rollout);
  return (
    phase === 'Healthy' &&
    stableHash !== undefined &&
    stableHash === currentHash &&
    observedGeneration >= (rollout.metadata.generation ?? 0)
  );
}

/** The controller has seen the newest spec, and a version of it is not the stable one: under way, paused or aborted. */
export function isUnfinished(rollout: KubeObject | undefined): boolean {
  if (!rollout) return false;
  const { stableHash, currentHash, observedGeneration } = rolloutStatus(rollout);
  return (
    // nothing is stable before the first version is there, and it takes no steps
    Boolean(stableHash) &&
    Boolean(currentHash) &&
    stableHash !== currentHash &&
    observedGeneration >= (rollout.metadata.generation ?? 0)
  );
}
