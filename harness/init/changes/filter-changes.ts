/** Filters that a unit writes into proxies, where they would answer instead of the routes that are proven. Pure. */
import { ISTIO } from '../subjects.ts';
import { ofKind, type UnitFacts } from '../unit-facts.ts';
import { type Change, dropOf } from './change.ts';

/** The first that holds is the reason. */
const WHY: readonly (readonly [RegExp, string])[] = [
  [/rate_?limit/i, 'it limits requests, and the load of a run is none of theirs'],
  [/envoy\.(api|config\.filter)\.[\w.]*v2/, 'proxies read no API of that age any more'],
  [/ext_?authz|ext_?proc|"(grpc|http)_?service"|google_?grpc/i, 'it asks a service that the run does not have'],
  [/"remote"|"http_?uri"/i, 'it loads a program from a place that the run does not reach'],
];
/** Programs in a filter speak of what they like. */
const CODE = /^(inline_?code|inline_?string|source_codes?)$/i;

export function filterChanges(facts: UnitFacts): readonly Change[] {
  return ofKind(facts, 'EnvoyFilter', ISTIO).flatMap((filter) => {
    const text = JSON.stringify(filter.value.spec ?? {}, (key, value) => (CODE.test(key) ? '' : value));
    const [found] = WHY.filter(([pattern]) => pattern.test(text));
    return found ? [dropOf(filter, facts, found[1])] : [];
  });
}
