/** The VirtualService against the proxies that clients meet first, and all of these against what clients got. Pure. */
import { formatClock } from '../../../reports/model/figures.ts';
import { percent, seconds } from '../../documents/figures.ts';
import { fieldOwner } from '../../ledger/field-owner.ts';
import { type Got, gotOtherwise } from './clients-got.ts';
import { isKnown, type ProxyState, type ProxyStates, proxyName, proxyStates } from './proxy-states.ts';
import { canaryVersionAt, type Parting, type RolloutEvidence, rolloutName, routeName } from './rollout-evidence.ts';

/** istiod gathers changes for a moment, and a busy machine takes its time. */
const PUSHED_MS = 3_000;
/** Requests that were under way, and clocks. */
const GUARD_MS = 1_000;

const differ = (a: number, b: number): boolean => Math.abs(a - b) > 0.5;

/** Each weight of the VirtualService with the time for which it stood. */
function stretches({ watch: { weights }, endMs }: RolloutEvidence) {
  return weights.map((written, i) => ({ written, fromMs: written.atMs, toMs: weights[i + 1]?.atMs ?? endMs }));
}

/** When this proxy held something else, from a while after it was told; undefined: it followed. */
function heldOtherwise(states: readonly ProxyState[], weight: number, from: number, to: number) {
  const before = states.findLast(({ atMs }) => atMs <= from);
  const during = [...(before ? [before] : []), ...states.filter(({ atMs }) => atMs > from && atMs < to)];
  for (const [k, { atMs, routed }] of during.entries()) {
    if (routed === undefined || !differ(routed, weight)) continue;
    const untilMs = during[k + 1]?.sinceMs ?? to;
    const sinceMs = Math.max(from, atMs);
    if (untilMs - sinceMs > PUSHED_MS) return { atMs: sinceMs, untilMs, routed };
  }
  return undefined;
}

/** Of `spec.gateways` without `mesh`: the sidecars are not ordered to split, whatever its weights say. */
function unboundGateways({ watch }: RolloutEvidence): readonly string[] | undefined {
  const { gateways = [] } = (watch.virtualService?.spec ?? {}) as { gateways?: readonly string[] };
  return gateways.length === 0 || gateways.includes('mesh') ? undefined : gateways;
}

/** Callers inside the mesh are not told of weights at all. */
export function meshUnbound(evidence: RolloutEvidence): readonly Parting[] {
  const gateways = unboundGateways(evidence);
  if (gateways === undefined) return [];
  const { managedFields } = evidence.watch.virtualService?.metadata ?? {};
  const writer = fieldOwner(managedFields, ['spec', 'gateways']);
  return differing(evidence)
    .filter(({ got }) => got.path === 'mesh')
    .map(({ written, version, startMs, endMs, got }) => ({
      code: 'API_GATEWAY_MESH_MISSING',
      layer: 'api',
      ...{ atMs: startMs, lastedMs: endMs - startMs },
      said: `From ${formatClock(startMs, true)} on ${routeName(evidence.rollout)} said ${written.weight} % and was bound to ${gateways.join(', ')} and not to mesh, so that ${inWords(got)} for ${version}`,
      object: routeName(evidence.rollout),
      field: 'spec.gateways',
      ...(writer === undefined ? {} : { writer }),
      hint: 'Add `mesh` to spec.gateways.',
    }));
}

export function proxiesParted(evidence: RolloutEvidence): readonly Parting[] {
  const { rollout, clients } = evidence;
  const ordered = proxyStates(evidence).filter(
    ({ path }) => path !== 'mesh' || unboundGateways(evidence) === undefined,
  );
  return ordered.flatMap(({ proxy, path, states }) => {
    // the proxy of others says nothing about these
    const own = clients.filter((one) => one.path === path);
    return stretches(evidence).flatMap(({ written, fromMs, toMs }): readonly Parting[] => {
      const held = heldOtherwise(states, written.weight, fromMs, toMs);
      const version = held && canaryVersionAt(evidence, held.atMs + PUSHED_MS);
      if (!held || version === undefined) return [];
      const { atMs, untilMs, routed } = held;
      if (own.length > 0 && !gotOtherwise(own, version, written.weight / 100, atMs + GUARD_MS, untilMs)) return [];
      return [
        {
          code: 'XDS_WEIGHTS_DIFFER',
          layer: 'xds',
          ...{ atMs, lastedMs: untilMs - atMs },
          said: `From ${formatClock(atMs, true)} on ${proxyName({ path, proxy })} routed ${Number(routed.toFixed(2))} % to the canary for ${seconds(untilMs - atMs)}, while ${routeName(rollout)} said ${written.weight} %, written by ${written.writer} at ${formatClock(written.atMs, true)}`,
          object: routeName(rollout),
          field: `route configuration of ${proxy}`,
          ...{ proxy, writer: written.writer },
          hint: 'Look for NACKs in the log of istiod, for an EnvoyFilter, and for another VirtualService of that host.',
        },
      ];
    });
  });
}

const inWords = ({ path, share, low, high, n }: Got): string =>
  `${path === 'mesh' ? 'in-mesh' : 'ingress'} clients got ${percent(share)} [${percent(low)}, ${percent(high)}] of ${n} requests`;

/** Every stretch in which clients of one path got something else than the VirtualService said. */
function differing(evidence: RolloutEvidence) {
  return stretches(evidence).flatMap(({ written, fromMs, toMs }) =>
    ofOneVersion(evidence, fromMs + PUSHED_MS, toMs - GUARD_MS).flatMap(({ version, startMs, endMs }) =>
      evidence.clients.flatMap((one) => {
        const got = gotOtherwise([one], version, written.weight / 100, startMs, endMs);
        return got === undefined ? [] : [{ written, version, startMs, endMs, got }];
      }),
    ),
  );
}

/** Where Git, controller, object and proxies that were read agree, and clients got something else. */
export function clientsParted(evidence: RolloutEvidence): readonly Parting[] {
  const { rollout } = evidence;
  const all = proxyStates(evidence);
  return differing(evidence).map(({ written, version, startMs, endMs, got }): Parting => {
    const first = all.filter(({ path }) => path === got.path);
    const known = first.filter((states) => isKnown(states, startMs, endMs));
    const holders = [rolloutName(rollout), routeName(rollout), ...known.map(proxyName)];
    const isUnread = known.length === 0 || known.length < first.length;
    return {
      code: 'OBSERVED_SHARE_DIFFERS',
      layer: 'observed',
      ...{ atMs: startMs, lastedMs: endMs - startMs },
      said: `From ${formatClock(startMs, true)} on ${holders.slice(0, -1).join(', ')} and ${holders.at(-1)} agreed on ${written.weight} % for ${version}, while ${inWords(got)}${isUnread ? `; ${unread(first, got)} not read then` : ''}`,
      object: routeName(rollout),
      field: `answers of ${version}`,
      writer: written.writer,
      hint: isUnread
        ? 'It may be the proxy that was not read: run again, and look at its pod. Else compare the pods behind the subsets with their labels.'
        : 'Compare the pods behind the subsets with their labels; an EnvoyFilter on clusters or endpoints does this, too.',
    };
  });
}

function unread(first: readonly ProxyStates[], { path }: Got): string {
  if (first.length > 0) return `${first.map(proxyName).join(', ')} was`;
  return path === 'mesh' ? 'the clients’ own sidecar was' : 'the gateways were';
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
