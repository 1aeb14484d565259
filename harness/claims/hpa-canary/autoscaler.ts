/** A HorizontalPodAutoscaler read from its object, and a copy of it for a copy of its application. Pure. */
import type { KubeObject } from '../../../k8s/client/object.ts';
import { percent } from '../../documents/figures.ts';
import { environmentError } from '../../errors/harness-error.ts';

export const AUTOSCALERS = { apiVersion: 'autoscaling/v2', resource: 'horizontalpodautoscalers' } as const;
/** kube-controller-manager, --horizontal-pod-autoscaler-tolerance */
const DEFAULT_TOLERANCE = 0.1;

interface MetricSpec {
  readonly type?: string;
  readonly resource?: { readonly name?: string; readonly target?: { readonly averageUtilization?: number } };
  readonly containerResource?: MetricSpec['resource'];
}
interface MetricStatus {
  readonly resource?: { readonly name?: string; readonly current?: { readonly averageUtilization?: number } };
  readonly containerResource?: MetricStatus['resource'];
}

interface AutoscalerSpec {
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  readonly metrics?: readonly MetricSpec[];
  readonly behavior?: { readonly scaleUp?: { readonly tolerance?: number | string } };
}

export interface DeclaredAutoscaler {
  readonly least: number;
  readonly most: number;
  /** So far above the target, as a part of it, nothing is added. */
  readonly tolerance: number;
}

/**
 * @param where `namespace/name`
 * @throws HarnessError AUTOSCALER_MISSING, AUTOSCALER_NOT_COPYABLE (exit 3)
 */
export function readAutoscaler(live: KubeObject | undefined, where: string): DeclaredAutoscaler {
  const { minReplicas = 1, maxReplicas, metrics = [], behavior } = (live?.spec ?? {}) as AutoscalerSpec;
  if (maxReplicas === undefined)
    throw environmentError('AUTOSCALER_MISSING', `there is no HorizontalPodAutoscaler ${where}`, { where });
  const odd = metrics.filter((metric) => targetOf(metric) === undefined);
  if (odd.length > 0 || metrics.length === 0)
    throw environmentError(
      'AUTOSCALER_NOT_COPYABLE',
      `${where} scales by ${odd.map(({ type }) => type ?? 'nothing').join(', ') || 'nothing'}, which a copy of the application cannot have`,
      { where, hint: 'The claim reads averageUtilization of Resource and ContainerResource metrics.' },
    );
  return {
    least: minReplicas,
    most: maxReplicas,
    tolerance: Number(behavior?.scaleUp?.tolerance ?? DEFAULT_TOLERANCE),
  };
}

const resourceOf = <Resource>(metric: { resource?: Resource; containerResource?: Resource }) =>
  metric.resource ?? metric.containerResource;
const targetOf = (metric: MetricSpec) => resourceOf(metric)?.target?.averageUtilization;

/** The same but for its place; names stay, and so does the Rollout that it scales. */
export function copyOfAutoscaler(live: KubeObject, namespace: string): KubeObject {
  const { name, labels = {} } = live.metadata;
  return {
    ...{ apiVersion: AUTOSCALERS.apiVersion, kind: 'HorizontalPodAutoscaler' },
    metadata: { name, namespace, labels },
    ...(live.spec ? { spec: live.spec } : {}),
  };
}

/** What it says of itself at one moment. */
export interface AutoscalerSight {
  /** Undefined: it has not said yet whether it can scale. */
  readonly isActive: boolean | undefined;
  /** Of the condition ScalingActive. */
  readonly reason: string;
  readonly message: string;
  /** The metric that asks for most: its average over its target; undefined while it has no values. */
  readonly used: number | undefined;
  /** `cpu 61 % of 70 %`; empty while it has no values. */
  readonly inWords: string;
  /** As many as it wants. */
  readonly desired: number | undefined;
}

/** Of one that was deleted: nothing scales any more, however still everything is. */
export const GONE: AutoscalerSight = {
  ...{ isActive: false, reason: 'Deleted', message: 'the object is gone' },
  ...{ used: undefined, inWords: '', desired: undefined },
};

interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
}

export function sightOf({ spec, status = {} }: KubeObject): AutoscalerSight {
  const { metrics = [] } = (spec ?? {}) as AutoscalerSpec;
  const { conditions, currentMetrics, desiredReplicas } = status as {
    conditions?: readonly Condition[];
    currentMetrics?: readonly MetricStatus[] | null;
    desiredReplicas?: number;
  };
  const condition = conditions?.find(({ type }) => type === 'ScalingActive');
  const seen = metrics.flatMap((metric) => {
    const [target, name] = [targetOf(metric), resourceOf(metric)?.name];
    const found = (currentMetrics ?? []).find((one) => resourceOf(one)?.name === name);
    const average = found && resourceOf(found)?.current?.averageUtilization;
    return target === undefined || average === undefined ? [] : [{ name, average, target, used: average / target }];
  });
  const [most] = seen.toSorted((a, b) => b.used - a.used);
  return {
    isActive: condition === undefined ? undefined : condition.status === 'True',
    ...{ reason: condition?.reason ?? '', message: condition?.message ?? '' },
    ...{ used: most?.used, desired: desiredReplicas },
    inWords: most ? `${most.name} ${percent(most.average / 100)} of ${percent(most.target / 100)}` : '',
  };
}

/**
 * Reasons of ScalingActive=False that the manifests are to blame for, as the controller names them
 * (pkg/controller/podautoscaler/horizontal.go): the target cannot be scaled, or its pods cannot be selected.
 */
const SUBJECTS_REASONS = new Set(['FailedGetScale', 'ScalingDisabled', 'InvalidSelector', 'InvalidMetricSourceType']);
/** replica_calculator.go: utilisation is a part of the request, and a container has none. */
const SUBJECTS_MESSAGE = /missing request for/;

/**
 * Whose fault it is that an autoscaler does not scale. Values that nobody delivers are the metrics server's, which the run
 * puts up: the environment's. What the object itself asks for and cannot be had is the subject's.
 */
export function whoBlinds({ reason, message }: AutoscalerSight): 'subject' | 'environment' {
  return SUBJECTS_REASONS.has(reason) || SUBJECTS_MESSAGE.test(message) ? 'subject' : 'environment';
}
