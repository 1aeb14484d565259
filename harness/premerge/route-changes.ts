/** Weights and destinations of VirtualServices. */
import { asList, asRecord } from '../lint/manifest-set.ts';
import { effectiveWeight, type Route, routesOf } from '../lint/routes/routes.ts';
import type { Pair, ToldChange } from './told-change.ts';

/** `takes reviews from 90/10 to 75/25 on 2 routes`; the same change of several routes is said once. */
export function routeChanges(pairs: readonly Pair[]): readonly ToldChange[] {
  const steps = pairs
    .filter(({ after }) => after.kind === 'VirtualService')
    .flatMap((pair) => {
      const before = routesOf(pair.before);
      return routesOf(pair.after).flatMap((route, index) => {
        const old = counterpart(before, route, index);
        const sentence = old && changeOf(subjectOf(pair), old, route);
        return sentence === undefined ? [] : [{ sentence, pair }];
      });
    });
  return [...Map.groupBy(steps, ({ sentence }) => sentence)].map(([sentence, all]) => ({
    sentence: all.length === 1 ? sentence : `${sentence} on ${all.length} routes`,
    pairs: all.map(({ pair }) => pair),
  }));
}

function counterpart(before: readonly Route[], route: Route, index: number): Route | undefined {
  if (route.name !== undefined)
    return before.find(({ name, protocol }) => name === route.name && protocol === route.protocol);
  const at = before[index];
  return at?.protocol === route.protocol ? at : undefined;
}

/** The first host: what clients ask for. */
function subjectOf({ after }: Pair): string {
  const [host] = asList(asRecord(after.value.spec)?.hosts);
  return typeof host === 'string' && host !== '*' ? host.replace(/\.svc\.cluster\.local$/, '') : after.name;
}

function changeOf(subject: string, before: Route, after: Route): string | undefined {
  const [old, now] = [armsOf(before), armsOf(after)];
  const names = (arms: readonly Arm[]) => arms.map(({ name }) => name).join('/');
  const weights = (arms: readonly Arm[]) => arms.map(({ weight }) => weight).join('/');
  if (names(old) === names(now))
    return weights(old) === weights(now) ? undefined : `takes ${subject} from ${weights(old)} to ${weights(now)}`;
  return `routes ${subject} to ${names(now) || 'nothing'} (${weights(now)}) instead of ${names(old) || 'nothing'} (${weights(old)})`;
}

interface Arm {
  readonly name: string;
  readonly weight: number;
}

function armsOf(route: Route): readonly Arm[] {
  return route.destinations.map((destination) => ({
    name: destination.subset ?? destination.host,
    weight: effectiveWeight(destination, route),
  }));
}
