/** The VirtualService against the gateways, and both against what clients got. Pure. */
import { formatClock } from '../../../reports/model/figures.ts';
import { percent, seconds } from '../../documents/figures.ts';
import type { RouteSeen } from '../../evidence/proxy-watch.ts';
import type { DeclaredRollout } from '../rollout-object.ts';
import { gotOtherwise } from './clients-got.ts';
import { canaryVersionAt, type Parting, type RolloutEvidence, rolloutName, routeName } from './rollout-evidence.ts';

/** istiod gathers changes for a moment, and a busy machine takes its time. */
const PUSHED_MS = 3_000;
/** Requests that were under way, and clocks. */
const GUARD_MS = 1_000;

/** Canary's share in per cent of what a proxy routes; undefined: it routes nothing there. */
function routedWeight({ weights }: RouteSeen, { subsets, canaryService }: DeclaredRollout): number | undefined {
  if (weights === undefined) return undefined;
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  const canary = weights[subsets?.canary ?? canaryService?.split('.')[0] ?? ''] ?? 0;
  return total === 0 ? 0 : (100 * canary) / total;
}

const differ = (a: number, b: number): boolean => Math.abs(a - b) > 0.5;

/** Each weight of the VirtualService with the time for which it stood. */
function stretches({ watch: { weights }, endMs }: RolloutEvidence) {
  return weights.map((written, i) => ({ written, fromMs: written.atMs, toMs: weights[i + 1]?.atMs ?? endMs }));
}

function statesOf(evidence: RolloutEvidence): ReadonlyMap<string, readonly RouteSeen[]> {
  const byProxy = new Map<string, RouteSeen[]>();
  for (const seen of evidence.proxies) byProxy.set(seen.proxy, [...(byProxy.get(seen.proxy) ?? []), seen]);
  return byProxy;
}

/** When this proxy held something else, from a while after it was told; undefined: it followed. */
function heldOtherwise(
  states: readonly RouteSeen[],
  rollout: DeclaredRollout,
  weight: number,
  from: number,
  to: number,
) {
  const before = states.findLast(({ atMs }) => atMs <= from);
  const during = [...(before ? [before] : []), ...states.filter(({ atMs }) => atMs > from && atMs < to)];
  for (const [k, seen] of during.entries()) {
    const routed = routedWeight(seen, rollout);
    if (routed === undefined || !differ(routed, weight)) continue;
    const untilMs = during[k + 1]?.atMs ?? to;
    const atMs = Math.max(from, seen.atMs);
    if (untilMs - atMs > PUSHED_MS) return { atMs, untilMs, routed, version: seen.version };
  }
  return undefined;
}

export function proxiesParted(evidence: RolloutEvidence): readonly Parting[] {
  const { rollout, clients } = evidence;
  const ingress = clients.filter(({ path }) => path === 'ingress');
  return [...statesOf(evidence)].flatMap(([proxy, states]) =>
    stretches(evidence).flatMap(({ written, fromMs, toMs }): readonly Parting[] => {
      const held = heldOtherwise(states, rollout, written.weight, fromMs, toMs);
      const version = held && canaryVersionAt(evidence, held.atMs + PUSHED_MS);
      if (!held || version === undefined) return [];
      const { atMs, untilMs, routed } = held;
      if (ingress.length > 0 && !gotOtherwise(ingress, version, written.weight / 100, atMs + GUARD_MS, untilMs))
        return [];
      return [
        {
          code: 'XDS_WEIGHTS_DIFFER',
          layer: 'xds',
          ...{ atMs, lastedMs: untilMs - atMs },
          said: `From ${formatClock(atMs, true)} on the proxy of ${proxy} routed ${Number(routed.toFixed(2))} % to the canary for ${seconds(untilMs - atMs)}, while ${routeName(rollout)} said ${written.weight} %, written by ${written.writer} at ${formatClock(written.atMs, true)}`,
          object: routeName(rollout),
          field: `route configuration of ${proxy}`,
          ...{ proxy, writer: written.writer },
          hint: 'Look for NACKs in the log of istiod, for an EnvoyFilter, and for another VirtualService of that host.',
        },
      ];
    }),
  );
}

/** Where Git, controller, object and proxies that were read agree, and clients got something else. */
export function clientsParted(evidence: RolloutEvidence): readonly Parting[] {
  const { rollout, clients, proxies } = evidence;
  const holders = `${rolloutName(rollout)}, ${routeName(rollout)}${proxies.length > 0 ? ' and the gateway' : ''}`;
  return stretches(evidence).flatMap(({ written, fromMs, toMs }): readonly Parting[] =>
    ofOneVersion(evidence, fromMs + PUSHED_MS, toMs - GUARD_MS).flatMap(({ version, startMs, endMs }) => {
      const got = gotOtherwise(clients, version, written.weight / 100, startMs, endMs);
      if (got === undefined) return [];
      const who = got.path === 'mesh' ? 'in-mesh clients' : 'ingress clients';
      return [
        {
          code: 'OBSERVED_SHARE_DIFFERS',
          layer: 'observed',
          ...{ atMs: startMs, lastedMs: endMs - startMs },
          said: `From ${formatClock(startMs, true)} on ${holders} agreed on ${written.weight} % for ${version}, while ${who} got ${percent(got.share)} [${percent(got.low)}, ${percent(got.high)}] of ${got.n} requests`,
          object: routeName(rollout),
          field: `answers of ${version}`,
          writer: written.writer,
          hint: 'Compare the pods behind the subsets with their labels; an EnvoyFilter on clusters or endpoints does this, too.',
        },
      ];
    }),
  );
}

/** The part of a stretch in which one canary and one stable version served. */
function ofOneVersion(evidence: RolloutEvidence, fromMs: number, toMs: number) {
  const changes = evidence.watch.statuses
    .map(({ atMs }) => atMs)
    .filter(
      (atMs, i, all) =>
        canaryVersionAt(evidence, atMs) !== (i === 0 ? undefined : canaryVersionAt(evidence, all[i - 1]!)),
    );
  const bounds = [fromMs, ...changes.filter((ms) => ms > fromMs && ms < toMs), toMs];
  return bounds.slice(1).flatMap((end, i) => {
    const startMs = i === 0 ? fromMs : bounds[i]! + PUSHED_MS;
    const endMs = end === toMs ? toMs : end - PUSHED_MS;
    const version = startMs < endMs ? canaryVersionAt(evidence, startMs) : undefined;
    return version === undefined ? [] : [{ version, startMs, endMs }];
  });
}
