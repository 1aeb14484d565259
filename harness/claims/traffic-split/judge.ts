/** Claim kind `traffic-split`: on every client path the observed shares are the ones that Git declares. */

import type { FindingReport } from '../../../reports/model/run-report.ts';
import { waitForPods } from '../../delivery/deploy-profile.ts';
import { awaitProxies, type ProxyState } from '../../delivery/proxy-convergence.ts';
import { seconds } from '../../documents/figures.ts';
import type { SplitClaim } from '../../documents/references.ts';
import { type DeclaredSplit, weightsOf } from '../../lint/routes/declared-split.ts';
import { claimLedger, createPathStreams, type FollowedArm, unexplained } from '../../scene/claim-ledger.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import { declaredSplit, splitHost } from '../../scene/split-claim.ts';
import { followedArm } from '../../traffic/split-phase.ts';
import { combineOutcomes } from '../../verdict/combine.ts';
import { expectationOf } from '../../verdict/split-expectation.ts';
import { witnessFindings } from './envoy-witness.ts';
import { type ClaimName, loadOfPath, type PathLoad, versionOf } from './path-load.ts';

export async function judgeTrafficSplit(
  claim: SplitClaim,
  scene: Scene,
  name: ClaimName = { ...claim, suffix: '' },
): Promise<ClaimResult> {
  const startedAt = scene.now();
  const split = declaredSplit(scene, claim);
  await waitForPods(scene);
  const proxies = await awaitProxies(scene, claim, splitHost(claim));
  const arm = armOfLedger(split, scene);
  const streams = createPathStreams(arm.name);
  const loads: PathLoad[] = [];
  for (const path of claim.paths) loads.push(await loadOfPath({ claim, name, split, scene, streams }, path));
  const phases = loads.map(({ phase }) => phase);
  scene.phases.push(...phases);
  const service = { name: claim.service, namespace: claim.virtualService.namespace };
  const { ledger, findings: blamed } = claimLedger(scene, claim, name, arm, streams, name.sinceMs ?? startedAt);
  const silent = silentProxies(proxies);
  const explained = [...blamed, ...silent].some((finding) => finding.severity === 'error');
  const failed = phases.filter((phase) => phase.result.split.outcome === 'failed').map((phase) => phase.path);
  const held = weightsOf(split);
  const findings = [
    ...blamed,
    ...witnessFindings(
      loads.map(({ counted }) => counted),
      service,
      versionOf(split),
    ),
    ...silent,
    ...(failed.length > 0 && !explained ? [unexplained(claim, held, failed)] : []),
  ];
  const wrongLayer = findings.some((finding) => finding.severity === 'error');
  const outcome = combineOutcomes([
    ...phases.map((phase) => phase.result.split.outcome),
    ...(wrongLayer ? (['failed'] as const) : []),
  ]);
  const parts = phases.map(({ path, result }) => `${path === 'mesh' ? 'in-mesh' : path}: ${result.split.sentence}`);
  const reasons = findings.filter((finding) => finding.severity === 'error').map((finding) => finding.sentence);
  return {
    claim: {
      id: name.id,
      title: name.title,
      outcome,
      sentence: [...(outcome === 'passed' ? [] : reasons), ...parts].join(' '),
      details: phases.map(({ path, result }) => ({
        label: `client path ${path}`,
        value: `${result.split.samples} requests at ${Math.round(result.split.requestsPerSecond)}/s, decided after ${seconds(result.split.decidedAt - result.split.startedAt)}`,
      })),
      durationMs: scene.now() - startedAt,
    },
    splits: phases.map((phase) => phase.result.split),
    books: loads.flatMap(({ phase, tooFast }) => [...(tooFast ? [tooFast] : []), phase.result.books]),
    findings,
    ledgers: [ledger],
  };
}

/** The arm that pictures and the ledger follow. */
function armOfLedger(split: Pick<DeclaredSplit, 'arms'>, scene: Scene): FollowedArm {
  const { name } = followedArm(expectationOf(split, scene.assurance));
  return { name, subset: split.arms.find(({ version }) => version === name)?.subset ?? name };
}

/** Proxies of which nothing was heard: their layer is not known. */
function silentProxies(proxies: readonly ProxyState[]): FindingReport[] {
  const silent = proxies.filter((proxy) => proxy.silent);
  if (silent.length === 0) return [];
  const names = silent.map(({ pod }) => pod).join(', ');
  return [
    {
      code: 'XDS_NOT_WATCHED',
      layer: 'instrument',
      severity: 'warning',
      sentence: `Nothing was heard of ${silent.length} of ${proxies.length} proxies: ${names}.`,
      where: names,
      hint: 'Their admin interface could not be reached from here; what they acknowledged is not in the ledger.',
    },
  ];
}
