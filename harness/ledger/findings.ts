/**
 * Who is to blame: every layer is held to the one above, so that a difference is found where it begins and nowhere
 * below. Git is held to nobody; that nothing applies it is still its finding, because the rest follows the old commit.
 */

import type { FindingReport } from '../../reports/model/run-report.ts';
import { percent, seconds } from '../documents/figures.ts';
import { type ApiStep, type GitStep, type LedgerEvidence, objectOf, orderedHeld, type ProxyTrack } from './evidence.ts';
import { describeHeld, disagreements, type LayerStep, stepAt } from './layer-steps.ts';
import { type StableTime, wrongStretches } from './observed-timeline.ts';
import { stableTimes } from './stable-times.ts';
import { policyAt, syncedGit } from './synced-git.ts';

const iso = (ms: number): string => new Date(ms).toISOString();

export function ledgerFindings(evidence: LedgerEvidence): readonly FindingReport[] {
  return [
    ...gitFindings(evidence),
    ...apiFindings(evidence),
    ...evidence.proxies.flatMap((track) => proxyFindings(evidence, track)),
    ...observedFindings(evidence),
  ];
}

/** A commit that the controller did not apply. */
function gitFindings(evidence: LedgerEvidence): readonly FindingReport[] {
  const { git, applied, application, fromMs, toMs, allowed } = evidence;
  const synced = syncedGit(evidence);
  if (applied.length === 0) return [];
  const object = `Application ${application.namespace}/${application.name}`;
  return disagreements(git, synced, fromMs, toMs).flatMap(({ upper, lower, fromMs: began, toMs: ended, open }) => {
    const policy = policyAt(applied, ended);
    const automated = policy?.automated ?? false;
    if (ended - began <= (automated ? allowed.gitToApiMs : 0)) return [];
    const lasted = open ? '' : ` It took ${seconds(ended - began)}.`;
    const held = lower ? `${describeHeld(lower.held)} of commit ${lower.commit.slice(0, 12)}` : 'nothing of it';
    return [
      {
        code: 'GIT_NOT_APPLIED',
        layer: 'git' as const,
        severity: 'error' as const,
        sentence: `Git declares ${describeHeld(upper.held)} (${upper.where}) since commit ${upper.commit.slice(0, 12)} of ${iso(upper.atMs)}, but ${object} applied ${held}${automated ? '' : `: automated sync is off (sync policy written by ${policy?.policyWriter})`}.${lasted}`,
        where: upper.where,
        hint: automated
          ? 'Look at status.operationState and status.conditions of the Application.'
          : 'Switch automated sync on again, or sync by hand.',
        object,
        field: automated ? 'status.operationState.syncResult.revision' : 'spec.syncPolicy.automated',
        ...(automated || !policy ? {} : { writer: policy.policyWriter }),
        atMs: upper.atMs,
      },
    ];
  });
}

/** The API object against what Git declares at the revision that was applied. */
function apiFindings(evidence: LedgerEvidence): readonly FindingReport[] {
  const { api, applied, fromMs, toMs, allowed } = evidence;
  const where = objectOf(evidence);
  const synced = syncedGit(evidence);
  const newest = stepAt(api, toMs);
  const declared = stepAt(synced, toMs) ?? synced.at(-1);
  if (declared && (!newest || newest.deleted)) return [missing(where, declared, newest)];
  const found = disagreements(synced, api, fromMs, toMs).flatMap(
    ({ upper, lower, fromMs: began, toMs: ended, open }) => {
      const selfHeal = policyAt(applied, ended)?.selfHeal ?? false;
      if (ended - began <= (selfHeal || !open ? allowed.driftHealedMs : 0)) return [];
      // the object as it was longest: where it is still wrong, that is what it says now
      const wrong = (open ? newest : lower) ?? lower;
      return wrong ? [weightsDiffer(where, upper, wrong)] : [];
    },
  );
  const unbound = declared?.inMesh && newest && !newest.gateways.includes('mesh') ? [notInMesh(where, newest)] : [];
  return [...found, ...unbound];
}

function missing(where: string, declared: GitStep, deleted: ApiStep | undefined): FindingReport {
  return {
    code: 'API_OBJECT_MISSING',
    layer: 'api',
    severity: 'error',
    sentence: `${where} is declared in ${declared.where} but is not in the cluster${deleted ? `: it was deleted at ${iso(deleted.atMs)}` : ''}.`,
    where,
    hint: 'Argo CD did not apply it: look at directory.recurse and the Application status.',
    object: where,
    ...(deleted ? { atMs: deleted.atMs } : {}),
  };
}

function weightsDiffer(where: string, upper: GitStep, wrong: ApiStep): FindingReport {
  const names = Object.keys(wrong.held ?? {});
  const index = names.findIndex((name) => wrong.held?.[name] !== upper.held?.[name]);
  return {
    code: 'API_WEIGHTS_DIFFER',
    layer: 'api',
    severity: 'error',
    sentence: `Git declares ${describeHeld(upper.held)} (${upper.where}), but ${where} says ${describeHeld(wrong.held)}, written by ${wrong.routesWriter} at ${iso(wrong.atMs)}.`,
    where,
    hint: 'Somebody changed the object and self-heal did not undo it: look at spec.syncPolicy.automated of the Application.',
    object: where,
    field: `spec.http[${wrong.routeIndex}].route[${Math.max(0, index)}].weight`,
    writer: wrong.routesWriter,
    atMs: wrong.atMs,
  };
}

function notInMesh(where: string, step: ApiStep): FindingReport {
  return {
    code: 'API_GATEWAY_MESH_MISSING',
    layer: 'api',
    severity: 'error',
    sentence: `${where} is bound to ${step.gateways.join(', ')} and not to mesh, so callers inside the mesh are split by pod count and not by weight; written by ${step.gatewaysWriter} at ${iso(step.atMs)}.`,
    where,
    hint: 'Add `mesh` to spec.gateways, or leave the field out.',
    object: where,
    field: 'spec.gateways',
    writer: step.gatewaysWriter,
    atMs: step.atMs,
  };
}

/** One proxy against the API object. */
function proxyFindings(evidence: LedgerEvidence, track: ProxyTrack): readonly FindingReport[] {
  const { proxy, steps } = track;
  const { api, fromMs, toMs, allowed, service, refused } = evidence;
  // a proxy that never routed the host as a split, such as a gateway's, has nothing to follow
  if (steps.length > 0 && steps.every((step) => step.held === undefined) && !isClient(evidence, proxy)) return [];
  const orders = api.map((step): LayerStep => ({ atMs: step.atMs, held: orderedHeld(track, step) }));
  const open = refused.filter((one) => one.proxy === proxy && one.clearedMs === undefined && one.atMs <= toMs);
  const first = steps[0]?.atMs ?? fromMs;
  const differing = disagreements(orders, steps, Math.max(fromMs, first), toMs)
    .filter(({ fromMs: began, toMs: ended, open: still }) => {
      const mayLast = still && open.length > 0 ? 0 : allowed.apiToXdsMs;
      return ended - began > mayLast;
    })
    .map(({ upper, lower, fromMs: seen, toMs: ended, open: still }): FindingReport => {
      const [refusal] = open;
      // what differed before the time looked at began when the later of the two was set
      const set = lower ? Math.max(upper.atMs, lower.sinceMs ?? lower.atMs) : seen;
      const began = Math.min(seen, set);
      const now = (still ? steps.at(-1) : lower)?.held;
      const because = refusal ? ` It refuses ${refusal.type} since ${iso(refusal.atMs)}: ${refusal.text}.` : '';
      const lasted = still ? '' : ` It took ${seconds(ended - began)}.`;
      return {
        code: 'XDS_WEIGHTS_DIFFER',
        layer: 'xds',
        severity: 'error',
        sentence: `The proxy of ${podOf(proxy)} routes ${service} as ${describeHeld(now)}, which is not what the VirtualService says (${describeHeld(upper.held)} since ${iso(upper.atMs)}).${because}${lasted}`,
        where: podOf(proxy),
        hint: refusal
          ? 'An EnvoyFilter that selects this workload is the usual cause; the text is the proxy’s own.'
          : 'Look for NACKs in the log of istiod and for an EnvoyFilter.',
        object: objectOf(evidence),
        field: refusal ? `${refusal.type} of ${proxy}` : `route configuration of ${proxy}`,
        proxy,
        atMs: Math.max(began, refusal?.atMs ?? 0),
      };
    });
  if (differing.length > 0) return differing;
  return open.map((refusal) => ({
    code: 'XDS_REJECTED',
    layer: 'xds' as const,
    severity: 'error' as const,
    sentence: `The proxy of ${podOf(proxy)} refuses its ${refusal.type} configuration since ${iso(refusal.atMs)}: ${refusal.text}. The weights it holds are still right; the next change will not reach it.`,
    where: podOf(proxy),
    hint: 'An EnvoyFilter that selects this workload is the usual cause; the text is the proxy’s own.',
    object: objectOf(evidence),
    field: `${refusal.type} of ${proxy}`,
    proxy,
    atMs: refusal.atMs,
  }));
}

function isClient({ proxies }: LedgerEvidence, proxy: string): boolean {
  return proxies.some((track) => track.proxy === proxy && track.isSource);
}

const podOf = (proxy: string): string => proxy.slice(proxy.indexOf('/') + 1);

/** What clients got against what the proxies that sent their requests had acknowledged. */
function observedFindings(evidence: LedgerEvidence): readonly FindingReport[] {
  const stable: readonly StableTime[] = stableTimes(evidence);
  const wrong = wrongStretches(evidence.streams, stable);
  const [first] = wrong.toSorted((a, b) => a.fromMs - b.fromMs);
  if (!first) return [];
  const paths = [...new Set(wrong.map(({ path }) => path))];
  const sources = evidence.proxies.filter(({ isSource }) => isSource).map(({ proxy }) => proxy);
  const [proxy] = sources;
  const splitting = evidence.proxies.some(({ steps }) => steps.some(({ held }) => held !== undefined));
  const holders =
    sources.length > 0
      ? `Git, the API object and the proxies that send it (${sources.map(podOf).join(', ')})`
      : `Git${splitting ? ', the API object and every proxy that splits' : ' and the API object'}`;
  const observed = wrong
    .slice(0, 4)
    .map(({ path, n, share, low, high }) => `${path} ${percent(share)} [${percent(low)}, ${percent(high)}] of ${n}`)
    .join('; ');
  return [
    {
      code: 'OBSERVED_SHARE_DIFFERS',
      layer: 'observed',
      severity: 'error',
      sentence: `${holders} agree on ${percent(first.expected)} for ${evidence.arm}, but clients got something else on ${paths.join(' and ')}: ${observed}.`,
      where: objectOf(evidence),
      hint: 'Compare the pods behind the subsets with their labels; an EnvoyFilter on clusters or endpoints does this, too.',
      object: objectOf(evidence),
      ...(sources.length === 1 && proxy !== undefined ? { proxy } : {}),
      atMs: first.fromMs,
    },
  ];
}
