/**
 * Claim kind `capacity`: one k6 run after the other at rates that the search asks for, and a bracket whose ends were both
 * run. With a peak, the bracket is held against it.
 */
import { CAPACITY_ASSURANCE } from '../../capacity/search/search-settings.ts';
import {
  arrivalsText,
  capacityFindings,
  capacityPanel,
  objectiveDetail,
} from '../../capacity-trials/capacity-panel.ts';
import { clusterGenerators } from '../../capacity-trials/cluster-generators.ts';
import { conclude } from '../../capacity-trials/conclude.ts';
import { type FastPath, openFastPath as openOwnFastPath } from '../../capacity-trials/fast-path.ts';
import type { CapacityQuestion } from '../../capacity-trials/question.ts';
import { prepareMeasurement } from '../../capacity-trials/search-capacity.ts';
import type { SearchPorts, ToldTrial } from '../../capacity-trials/search-end.ts';
import { severalGenerators } from '../../capacity-trials/several-generators.ts';
import { statusOfHost } from '../../evidence/ask-host.ts';
import type { LoadRunner } from '../../ports/load.ts';
import { readMachineCpu } from '../../process/machine-cpu.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import { type PlacedLoad, placeLoad } from '../../traffic/traffic-path.ts';
import type { CapacityClaim } from './declaration.ts';

interface Instruments {
  readonly readCpu: SearchPorts['readCpu'];
  readonly openFastPath: () => Promise<FastPath>;
}

/**
 * @throws HarnessError CAPACITY_BUDGET (exit 2); of the generator and its place (exit 3); the reason of the scene's signal
 */
export async function judgeCapacity(
  claim: CapacityClaim,
  scene: Scene,
  { readCpu, openFastPath }: Instruments = { readCpu: readMachineCpu, openFastPath: openOwnFastPath },
): Promise<ClaimResult> {
  const startedAt = scene.now();
  const level = CAPACITY_ASSURANCE[scene.assurance];
  const { objective, fromRate, maxRate, arrivals, seed } = claim;
  const question: CapacityQuestion = {
    ...level,
    ...{ objective, fromRate, maxRate, arrivals, seed },
    budgetSeconds: claim.budgetSeconds ?? level.budgetSeconds,
    peak: claim.peak && { ...claim.peak, growth: undefined, takeBack: undefined },
  };
  const measurement = prepareMeasurement(question);
  const placed = await placeLoad(
    { ...scene, ratePerSecond: undefined },
    claim.id,
    claim.path,
    level.trialSeconds * 1000,
  );
  const { url, headers, hosts } = placed.request;
  const step = scene.progress.step(
    `${claim.id}: ${claim.peak?.alone ? 'hold the peak' : 'search for the capacity'} under ${objective.text}`,
  );
  const trials: ToldTrial[] = [];
  const probe = probeOf(claim, scene);
  // in a pod's network the generator would not reach it; from outside it runs where this program does, or in a pod
  const isHere = claim.path.kind === 'ingress' && placed.inCluster === undefined;
  await using alone = isHere ? await openFastPath() : undefined;
  const load = generatorsFor(claim, placed, scene);
  const end = await measurement(
    { target: { url, headers, hosts }, argvPrefix: placed.argvPrefix },
    {
      ...{ load, readCpu, now: scene.now, alone },
      ...(probe ? { probe } : {}),
      live: (words) => step.update(words),
      tell(trial, words) {
        trials.push(trial);
        step.update(words);
      },
    },
    scene.signal,
  ).catch((error: unknown) => {
    step.fail('no capacity');
    throw error;
  });
  scene.signal.throwIfAborted();
  const conclusion = conclude(question, end, trials);
  step.done(conclusion.sentence);
  return {
    claim: {
      ...{ id: claim.id, title: claim.title },
      ...{ outcome: conclusion.outcome, sentence: conclusion.sentence },
      details: [
        { label: 'objective', value: objectiveDetail(objective) },
        { label: 'arrivals', value: arrivalsText(arrivals) },
        { label: 'trials', value: String(trials.length) },
        { label: 'generators', value: generatorsText(load.generators ?? 1, placed.inCluster !== undefined, trials) },
        { label: 'seed', value: String(seed) },
      ],
      durationMs: scene.now() - startedAt,
    },
    capacity: [
      capacityPanel(
        question,
        { end, trials, conclusion },
        { id: claim.id.replaceAll('/', '-'), claimId: claim.id, title: claim.title },
      ),
    ],
    findings: capacityFindings(question, { end, trials, conclusion }),
  };
}

/** On this machine k6 processes; in a cluster as many pods as the claim says, or as every load of the run has there. */
function generatorsFor({ generators }: CapacityClaim, { inCluster }: PlacedLoad, { load, now }: Scene): LoadRunner {
  if (inCluster === undefined) return severalGenerators(load, generators, now);
  return clusterGenerators(load, generators > 1 ? generators : inCluster.runners, now);
}

/** How many, and what they were where. */
function generatorsText(count: number, isInCluster: boolean, trials: readonly ToldTrial[]): string {
  if (!isInCluster) return String(count);
  if (count === 1) return '1, a Job of the cluster';
  const as = trials.find(({ load }) => load.sharedAs !== undefined)?.load.sharedAs;
  const words = {
    TestRun: ', runners of a TestRun of the k6-operator',
    Jobs: ', Jobs of the cluster, which has no k6-operator',
  };
  return `${count}${as === undefined ? '' : words[as]}`;
}

/** One request from here; undefined where only the generator reaches the path. */
function probeOf({ path }: CapacityClaim, scene: Scene): SearchPorts['probe'] {
  const base = scene.cluster.ingressUrl;
  if (path.kind === 'mesh' || base === undefined) return undefined;
  const host = path.host ?? new URL(base).host;
  return async () => {
    const sentAt = scene.now();
    const status = await statusOfHost(base, host, path.path, undefined, scene.signal);
    return { status, durationMs: scene.now() - sentAt };
  };
}
