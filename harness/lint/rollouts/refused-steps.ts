/** Steps of a canary that the controller of Argo Rollouts refuses (ValidateRolloutStrategyCanary). Pure. */
import type { ValuePath } from '../../documents/yaml-source.ts';
import { asList, asRecord } from '../manifest-set.ts';
import { CANARY, textOf } from './rollout-objects.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What is wrong, as the end of a sentence that begins with the Rollout, and where. */
export interface Refusal {
  readonly what: string;
  readonly path: ValuePath;
}

/** Of these a step may have one; those of routes and scales may stand beside. */
const ALONE = ['setWeight', 'pause', 'experiment', 'analysis'] as const;
const KINDS = [...ALONE, 'setCanaryScale', 'setHeaderRoute', 'setMirrorRoute', 'plugin'] as const;
const MOST_WEIGHT = 100;

export function refusedSteps(canary: Fields): readonly Refusal[] {
  return asList(canary.steps).flatMap((entry, index) => {
    const path = [...CANARY, 'steps', index];
    const step = asRecord(entry);
    if (!step) return [{ what: `has an empty step (number ${index + 1})`, path }];
    return [
      ...shapeRefusals(step, index, path),
      ...weightRefusals(canary, step, path),
      ...routeRefusals(canary, step, path),
    ];
  });
}

/** A key with nothing after it is null, and counts as left out: a pause without an end is `pause: {}`. */
function shapeRefusals(step: Fields, index: number, path: ValuePath): readonly Refusal[] {
  const given = KINDS.filter((kind) => step[kind] !== undefined && step[kind] !== null);
  const alone = ALONE.filter((kind) => given.includes(kind));
  // a field that we do not know may be one of a newer release
  const isKnown = Object.keys(step).every((key) => (KINDS as readonly string[]).includes(key));
  if (given.length === 0 && isKnown) {
    const empty = KINDS.find((kind) => step[kind] === null);
    return [
      {
        what: `has a step (number ${index + 1}) that does nothing${empty ? `: ${empty} has no value${empty === 'pause' ? ', and a pause without an end is written pause: {}' : ''}` : ''}`,
        path: empty ? [...path, empty] : path,
      },
    ];
  }
  return alone.length > 1
    ? [{ what: `has ${alone.join(' and ')} in one step (number ${index + 1}), and each needs its own`, path }]
    : [];
}

function weightRefusals(canary: Fields, { setWeight, setCanaryScale }: Fields, path: ValuePath): readonly Refusal[] {
  const routing = asRecord(canary.trafficRouting);
  const most = typeof routing?.maxTrafficWeight === 'number' ? routing.maxTrafficWeight : MOST_WEIGHT;
  return [
    ...(typeof setWeight === 'number' && (setWeight < 0 || setWeight > most)
      ? [{ what: `sets the weight ${setWeight}, which is not between 0 and ${most}`, path: [...path, 'setWeight'] }]
      : []),
    ...(asRecord(setCanaryScale) && !routing
      ? [{ what: 'sets setCanaryScale, which needs trafficRouting', path: [...path, 'setCanaryScale'] }]
      : []),
  ];
}

/** A route that a step makes must be named in `managedRoutes`; headers are matched in exactly one way. */
function routeRefusals(canary: Fields, step: Fields, path: ValuePath): readonly Refusal[] {
  const routing = asRecord(canary.trafficRouting);
  const managed = asList(routing?.managedRoutes).map((entry) => textOf(asRecord(entry)?.name));
  return (['setHeaderRoute', 'setMirrorRoute'] as const).flatMap((kind): readonly Refusal[] => {
    const route = asRecord(step[kind]);
    if (!route) return [];
    const at = [...path, kind];
    if (!routing) return [{ what: `has a step ${kind}, which needs trafficRouting`, path: at }];
    const name = textOf(route.name);
    const isManaged = managed.includes(name);
    return [
      ...(isManaged
        ? []
        : [{ what: `makes route ${name} in a step, which trafficRouting.managedRoutes does not name`, path: at }]),
      ...(kind === 'setHeaderRoute' ? matchRefusals(route, at) : []),
    ];
  });
}

function matchRefusals(route: Fields, path: ValuePath): readonly Refusal[] {
  return asList(route.match).flatMap((entry, index): readonly Refusal[] => {
    const match = asRecord(entry);
    const value = asRecord(match?.headerValue) ?? {};
    const given = ['exact', 'regex', 'prefix'].filter((kind) => textOf(value[kind]) !== '');
    if (given.length === 1) return [];
    return [
      {
        what: `matches the header ${textOf(match?.headerName)} by ${given.length === 0 ? 'nothing' : given.join(' and ')}, and headerValue needs one of exact, regex and prefix`,
        path: [...path, 'match', index],
      },
    ];
  });
}
