/**
 * Rollouts that the controller itself refuses: it sets the condition InvalidSpec and releases nothing
 * (pkg/apis/rollouts/validation of Argo Rollouts 1.9). What its API server would refuse of the pods is not judged here.
 */
import type { ValuePath } from '../../documents/yaml-source.ts';
import {
  asLabels,
  asList,
  asRecord,
  errorAt,
  type Finding,
  type ManifestObject,
  type ManifestSet,
  nameOf,
} from '../manifest-set.ts';
import { type Refusal, refusedSteps } from './refused-steps.ts';
import { CANARY, rollouts, textOf } from './rollout-objects.ts';

type Fields = Readonly<Record<string, unknown>>;

const BLUE_GREEN: ValuePath = ['spec', 'strategy', 'blueGreen'];
/** Of Argo Rollouts, in seconds. */
const PROGRESS_DEADLINE_SECONDS = 600;

/** ROLLOUT_REFUSED: one for each place that the controller would name. */
export function refusedRollouts(set: ManifestSet): readonly Finding[] {
  return rollouts(set).flatMap((rollout) =>
    refusalsOf(rollout).map(({ what, path }) =>
      errorAt(rollout, path, {
        code: 'ROLLOUT_REFUSED',
        sentence: `${nameOf(rollout)} ${what}`,
        hint: 'Argo Rollouts would set InvalidSpec and release nothing.',
      }),
    ),
  );
}

function refusalsOf(rollout: ManifestObject): readonly Refusal[] {
  const spec = asRecord(rollout.value.spec) ?? {};
  if (isPatch(spec)) return [];
  const strategy = asRecord(spec.strategy) ?? {};
  const [canary, blueGreen] = [asRecord(strategy.canary), asRecord(strategy.blueGreen)];
  const both = canary !== undefined && blueGreen !== undefined;
  return [
    ...selectorRefusals(spec),
    ...when(both, 'has two strategies, canary and blueGreen', BLUE_GREEN),
    ...when(
      // `canary:` with nothing after it is null, and no strategy
      canary === undefined && blueGreen === undefined,
      'has no strategy: neither canary nor blueGreen',
      ['spec', 'strategy'],
    ),
    ...when(
      Number(spec.progressDeadlineSeconds ?? PROGRESS_DEADLINE_SECONDS) <= Number(spec.minReadySeconds ?? 0),
      'gives up (progressDeadlineSeconds) before its pods may count as ready (minReadySeconds)',
      ['spec', 'minReadySeconds'],
    ),
    ...(blueGreen && !both ? blueGreenRefusals(blueGreen) : []),
    ...(canary && !both ? canaryRefusals(canary) : []),
  ];
}

/** A file of what an overlay changes is no Rollout that anybody applies alone. */
function isPatch({ selector, workloadRef, template, strategy }: Fields): boolean {
  if (asRecord(workloadRef)) return false;
  return !asRecord(template) || (!asRecord(selector) && !asRecord(strategy));
}

function when(isWrong: boolean, what: string, path: ValuePath): readonly Refusal[] {
  return isWrong ? [{ what, path }] : [];
}

/** The pods of a Rollout with `workloadRef` are described elsewhere. */
function selectorRefusals(spec: Fields): readonly Refusal[] {
  const template = asRecord(spec.template);
  if (asRecord(spec.workloadRef))
    return when(template !== undefined && Object.keys(template).length > 0, 'has a template beside its workloadRef', [
      'spec',
      'template',
    ]);
  const selector = asRecord(spec.selector);
  const wanted = asLabels(selector?.matchLabels);
  const count = Object.keys(wanted).length + asList(selector?.matchExpressions).length;
  if (count === 0) return [{ what: 'has no selector', path: ['spec', ...(selector ? ['selector'] : [])] }];
  const labels = asLabels(asRecord(template?.metadata)?.labels);
  return Object.entries(wanted)
    .filter(([key, value]) => labels[key] !== value)
    .map(([key, value]) => ({
      what: `selects pods with ${key}=${value}, which its own pods do not carry (${key}=${labels[key] ?? '(no value)'})`,
      path: ['spec', 'selector', 'matchLabels', key],
    }));
}

function blueGreenRefusals(blueGreen: Fields): readonly Refusal[] {
  return when(
    textOf(blueGreen.activeService) === textOf(blueGreen.previewService),
    'has one Service as activeService and previewService',
    [...BLUE_GREEN, 'previewService'],
  );
}

function canaryRefusals(canary: Fields): readonly Refusal[] {
  const routing = asRecord(canary.trafficRouting);
  const istio = asRecord(routing?.istio);
  const [stable, fresh] = [textOf(canary.stableService), textOf(canary.canaryService)];
  const isPingPong = asRecord(canary.pingPong) !== undefined;
  const { pingService, pongService } = asRecord(canary.pingPong) ?? {};
  const needsServices = istio !== undefined && asRecord(istio.destinationRule) === undefined && !isPingPong;
  const at = (...rest: readonly string[]): ValuePath => [...CANARY, ...rest];
  return [
    ...when(
      stable !== '' && stable === fresh,
      `has one Service as stableService and canaryService (${stable})`,
      at('canaryService'),
    ),
    ...when(
      isPingPong && (!pingService || !pongService || pingService === pongService),
      'needs two different Services in pingPong',
      at('pingPong'),
    ),
    ...when(
      needsServices && (stable === '' || fresh === ''),
      `routes with Istio and names ${stable === '' ? (fresh === '' ? 'neither stableService nor canaryService' : 'no stableService') : 'no canaryService'}, nor a destinationRule`,
      at('trafficRouting', 'istio'),
    ),
    ...when(
      istio !== undefined &&
        ((istio.virtualService ?? undefined) !== undefined) === asList(istio.virtualServices).length > 0,
      istio?.virtualService
        ? 'has both virtualService and virtualServices'
        : 'routes with Istio and names no VirtualService',
      at('trafficRouting', 'istio'),
    ),
    ...when(
      routing === undefined && canary.scaleDownDelaySeconds !== undefined,
      'sets scaleDownDelaySeconds, which needs trafficRouting',
      at('scaleDownDelaySeconds'),
    ),
    ...when(
      routing === undefined && canary.dynamicStableScale === true,
      'sets dynamicStableScale, which needs trafficRouting',
      at('dynamicStableScale'),
    ),
    ...when(
      routing !== undefined && canary.dynamicStableScale === true && canary.scaleDownDelaySeconds !== undefined,
      'sets dynamicStableScale and scaleDownDelaySeconds, of which only one may be',
      at('dynamicStableScale'),
    ),
    ...when(
      isZero(canary.maxSurge) && isZero(canary.maxUnavailable),
      'may neither surge nor lose a pod (maxSurge and maxUnavailable are 0)',
      at('maxSurge'),
    ),
    ...refusedSteps(canary),
  ];
}

/** Left out, neither is: 25 % of Argo Rollouts. */
function isZero(value: unknown): boolean {
  return value === 0 || value === '0' || value === '0%';
}
