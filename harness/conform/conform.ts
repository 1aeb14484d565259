/**
 * `conform`: every claim of a profile judged on a cluster. Load and lint first (nothing is started for a profile that
 * cannot be right), then cluster, deployment through Git, claims one after the other, report, clean-up.
 */

import path from 'node:path';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { RunReport } from '../../reports/model/run-report.ts';
import { splitsOf } from '../claims/declarations.ts';
import { judgeClaims, unjudged } from '../claims/judge-in-order.ts';
import { lintProfile } from '../claims/lint-profile.ts';
import { deployProfile } from '../delivery/deploy-profile.ts';
import { watchScene } from '../delivery/watch-scene.ts';
import { HarnessError } from '../errors/harness-error.ts';
import { applyFault, withdrawFaults } from '../faults/apply-fault.ts';
import { readDeclaredSplit } from '../lint/routes/declared-split.ts';
import type { ClusterProvider, ClusterSpec } from '../ports/cluster.ts';
import type { ComponentVersion } from '../ports/component.ts';
import type { LoadRunner } from '../ports/load.ts';
import type { Progress } from '../ports/progress.ts';
import type { RunProduct } from '../ports/run-product.ts';
import type { RepositoryFile } from '../profile/collect-repository.ts';
import type { Profile } from '../profile/profile.ts';
import { recordProgress } from '../run-directory/recorded-progress.ts';
import type { RenderReports } from '../run-directory/remake-report.ts';
import { createRunDirectory } from '../run-directory/run-directory.ts';
import { withTimedSteps } from '../run-directory/timed-steps.ts';
import type { ClaimResult } from '../scene/claim-result.ts';
import type { Scene } from '../scene/scene.ts';
import type { ShareSeries } from '../traffic/share-bins.ts';
import { whyCutShort } from '../verdict/cut-short.ts';
import { conformReport } from './assemble-report.ts';
import { judgeUnderFaults, tourStops } from './fault-tour.ts';
import type { ConformInput } from './input.ts';
import { createScene, ingressAnswers } from './open-scene.ts';
import { leftOut, refuseErrors, refuseUnjudgeable } from './preflight.ts';
import { whoseCluster } from './whose-cluster.ts';
import { witnessOfPhases } from './witness-series.ts';

export interface ConformPorts {
  readonly provider: ClusterProvider;
  readonly connect: (kubeconfigPath: string) => ClusterClient;
  /** Files of the profile's repository; component files need the components built. */
  readonly collectFiles: (progress: Progress) => Promise<readonly RepositoryFile[]>;
  readonly createLoad: (logDirectory: string) => LoadRunner;
  /** `kustomize build` of a directory. */
  readonly renderKustomization?: (directory: string) => Promise<string>;
  readonly loadComponent: () => ComponentVersion;
  readonly render: RenderReports;
  readonly progress: Progress;
  readonly ownComponent: ComponentVersion;
  /** That no other run is on the cluster: `lost` aborts with an error of exit 5. */
  readonly lease?: { readonly lost: AbortSignal; requireHeld(): Promise<void> };
  now(): number;
}

/** @throws HarnessError LINT_FAILED (exit 2), and whatever cluster, deployment and run directory throw */
export async function conform(input: ConformInput, ports: ConformPorts, interrupted: AbortSignal): Promise<RunProduct> {
  const files = await ports.collectFiles(ports.progress);
  const findings = lintProfile(input.profile, files);
  refuseErrors(findings, input.profile);
  refuseUnjudgeable(input, files);
  const stops = input.faults.length > 1 ? tourStops(input.profile, input.faults) : undefined;
  const directory = await createRunDirectory({
    parent: input.runsDirectory,
    kind: 'conform',
    command: input.command,
    now: ports.now,
  });
  const steps: RunReport['appendix']['phases'] = [];
  const progress = recordProgress(withTimedSteps(ports.progress, steps, ports.now), directory.recordEvent, ports.now);
  const startedAt = ports.now();
  let outcome: RunReport['outcome'] | undefined;
  let failure: unknown;
  const ended = new AbortController();
  const whose = await whoseCluster(ports.provider, input.clusterName);
  try {
    const spec = clusterSpec(input);
    const cluster = await ports.provider.up(spec, progress, interrupted, whose.onMaking);
    // building missing programs and starting the cluster have limits of their own and must not eat the run's
    const limits = [interrupted, AbortSignal.timeout(input.profile.budgets.runMs)];
    const losses = [cluster.watchNodes?.(ended.signal), ports.lease?.lost].filter((loss) => loss !== undefined);
    const lost = losses.length > 0 ? AbortSignal.any(losses) : undefined;
    const signal = AbortSignal.any([...limits, ...losses]);
    const { profile, assurance, ratePerSecond } = input;
    const scene = await createScene({
      ...{ profile, assurance, ratePerSecond, cluster, directory, files, progress, signal },
      client: ports.connect(cluster.kubeconfigPath),
      load: ports.createLoad(path.join(directory.path, 'logs')),
      cores: input.host.cpus,
      renderKustomization: ports.renderKustomization,
      now: ports.now,
    });
    const watching = new AbortController();
    const watches = watchScene(scene, directory, AbortSignal.any([watching.signal, signal]));
    // awaited at the end, where its error surfaces; without a handler until then it would end the whole process
    watches.catch(() => undefined);
    const results: ClaimResult[] = [];
    const witness: ShareSeries[] = [];
    try {
      await withdrawFaults(scene);
      await deployProfile(scene, scene.source.repository.commits.at(-1)?.sha ?? '');
      await ingressAnswers(scene);
      const [fault] = input.faults;
      if (fault && !stops) await applyFault(fault, scene);
      results.push(...(await (stops ? judgeUnderFaults(stops, scene) : judgeClaims(scene))));
      witness.push(...(await witnessOfPhases(scene, splitsOf(profile.claims)[0], startedAt)));
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      watching.abort();
      await watches;
    }
    // a lost node or lease is an error of its own, with its reason, and no verdict about claims
    lost?.throwIfAborted();
    await ports.lease?.requireHeld();
    for (const claim of (stops?.map(({ name }) => name) ?? profile.claims).slice(results.length))
      results.push(unjudged(claim, whyCutShort(signal) ?? 'the run was interrupted'));
    const report = conformReport({
      run: {
        id: directory.id,
        kind: 'conform',
        startedAt,
        finishedAt: ports.now(),
        interrupted: interrupted.aborted,
        command: [...input.command],
        reproduce: input.reproduce,
        seed: 'none: nothing in this run is random on our side',
        host: input.host,
      },
      profile: input.profile,
      provider: cluster.provider,
      files: scene.source.files,
      components: [...cluster.components, ports.loadComponent(), ports.ownComponent],
      results,
      phases: scene.phases,
      witness,
      declared: declaredHistory(input.profile, scene),
      recorder: scene.recorder,
      lintFindings: [...findings, ...leftOut(input, stops)],
      steps,
      evidence: await directory.sealEvidence(),
      notEnforced: await cluster.notEnforced(),
    });
    const reports = await ports.render(report);
    await directory.finish(reports);
    outcome = report.outcome;
    return { report, directory: directory.path, files: reports };
  } catch (error) {
    failure = error;
    const code = error instanceof HarnessError ? error.code : 'INTERNAL';
    await directory.abandon({ code, message: error instanceof Error ? error.message : String(error) });
    throw error;
  } finally {
    ended.abort();
    await cleanUp(input, ports, outcome, failure, whose.isOurs(failure));
  }
}

/** By the rules of `--cleanup`. After a failure an error of the clean-up is only noted: the first error matters more. */
async function cleanUp(
  { cleanup, clusterName }: ConformInput,
  { provider, progress }: ConformPorts,
  outcome: RunReport['outcome'] | undefined,
  failure: unknown,
  isOurs: boolean,
): Promise<void> {
  const kept = cleanup === 'never' || (cleanup === 'on-success' && outcome !== 'passed');
  if (!isOurs && failure !== undefined) return;
  if (!isOurs || kept) {
    const why = isOurs ? '' : ' was up before this run and';
    progress.note(`cluster ${clusterName}${why} is kept; remove it with: canaryproof down --name ${clusterName}`);
    return;
  }
  await provider.down(clusterName, progress).catch((error: unknown) => {
    if (failure === undefined) throw error;
    progress.note(`cluster ${clusterName} was not removed: ${error instanceof Error ? error.message : String(error)}`);
  });
}

function clusterSpec(input: Pick<ConformInput, 'profile' | 'clusterName' | 'componentVersions'>): ClusterSpec {
  return {
    name: input.clusterName,
    addons: input.profile.addons,
    componentVersions: input.componentVersions,
    images: input.profile.images,
  };
}

/** What each commit declared, for the timeline. */
function declaredHistory(profile: Profile, scene: Scene) {
  const [claim] = splitsOf(profile.claims);
  if (!claim) return [];
  const { name, namespace } = claim.virtualService;
  return scene.source.history.map(({ commit, files }) => ({
    atMs: commit.pushedAt,
    source: `commit ${commit.sha.slice(0, 12)} ${commit.message}`,
    split: readDeclaredSplit(files, { virtualService: { name, namespace }, namespace }),
  }));
}
