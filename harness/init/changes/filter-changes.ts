/** What a unit writes into proxies, where it would answer instead of the routes that are proven, or keep them from starting. Pure. */
import { asRecord } from '../../lint/manifest-set.ts';
import { ISTIO } from '../subjects.ts';
import { ofKind, type UnitFacts } from '../unit-facts.ts';
import { type Change, changesOf, dropOf } from './change.ts';

/** They are Envoy as it is published: a listener with a filter that only Istio's build has is refused, and no pod gets ready. */
const OF_ISTIOS_BUILD = 'proxies of the run have no filter of that name, which only the build of Istio has';

/** The first that holds is the reason. */
const WHY: readonly (readonly [RegExp, string])[] = [
  [/rate_?limit/i, 'it limits requests, and the load of a run is none of theirs'],
  [/envoy\.(api|config\.filter)\.[\w.]*v2/, 'proxies read no API of that age any more'],
  [/ext_?authz|ext_?proc|"(grpc|http)_?service"|google_?grpc/i, 'it asks a service that the run does not have'],
  [/stats\.PluginConfig|"istio\.(stats|metadata_exchange|alpn)|istio_authn|peer_metadata/, OF_ISTIOS_BUILD],
  [/"remote"|"http_?uri"/i, 'it loads a program from a place that the run does not reach'],
];
/** Programs in a filter speak of what they like. */
const CODE = /^(inline_?code|inline_?string|source_codes?)$/i;

export function filterChanges(facts: UnitFacts): readonly Change[] {
  return [...envoyFilters(facts), ...telemetries(facts)];
}

/** Metrics of a Telemetry are the filter `istio.stats`; the run counts requests without it. */
function telemetries(facts: UnitFacts): readonly Change[] {
  return ofKind(facts, 'Telemetry', 'telemetry.istio.io').flatMap((telemetry) => {
    const { metrics, ...others } = asRecord(telemetry.value.spec) ?? {};
    if (metrics === undefined) return [];
    const isAll = Object.keys(others).every((key) => key === 'selector' || key === 'targetRefs');
    const reason = `${OF_ISTIOS_BUILD}; requests are counted all the same`;
    return isAll
      ? [dropOf(telemetry, facts, reason)]
      : changesOf(telemetry, facts, [{ reason, remove: ['/spec/metrics'] }]);
  });
}

function envoyFilters(facts: UnitFacts): readonly Change[] {
  return ofKind(facts, 'EnvoyFilter', ISTIO).flatMap((filter) => {
    const text = JSON.stringify(filter.value.spec ?? {}, (key, value) => (CODE.test(key) ? '' : value));
    const [found] = WHY.filter(([pattern]) => pattern.test(text));
    return found ? [dropOf(filter, facts, found[1])] : [];
  });
}
