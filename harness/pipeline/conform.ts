/**
 * `conform`: every claim of a profile judged on a cluster. Load and lint first (nothing is started for a profile that
 * cannot be right), then cluster, deployment through Git, claims one after the other, report, clean-up.
 */
import path from 'node:path';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { FindingReport, RunReport } from '../../reports/model/run-report.ts';
import { HarnessError, usageError } from '../errors/harness-error.ts';
import { createGitRepository } from '../evidence/git-repository.ts';
import { readApplication } from '../lint/argo-application.ts';
import { readDeclaredSplit } from '../lint/declared-split.ts';
import { lintProfile } from '../lint/lint-profile.ts';
import type { RepositoryFile } from '../profile/collect-repository.ts';
import type { Fault } from '../profile/faults.ts';
import type { Profile, TrafficSplitClaim } from '../profile/profile.ts';
import type { ASSURANCE } from '../verdict/split-judge.ts';
import { applyFault } from './apply-fault.ts';
import { conformReport } from './conform-report.ts';
import { deployProfile, withRunRepository } from './deploy-profile.ts';
import { judgeClaim, unjudged } from './judge-claim.ts';
import type { ClusterProvider, ClusterSpec, ComponentVersion, LoadRunner, Progress, RunningCluster } from './ports.ts';
import { recordProgress } from './recorded-progress.ts';
import type { RenderReports } from './remake-report.ts';
import { createRunDirectory, type RunDirectory } from './run-directory.ts';
import type { RunProduct } from './run-product.ts';
import { type ClaimResult, createGitSource, type Scene } from './scene.ts';
import type { ShareSeries } from './share-bins.ts';
import { createTimelineRecorder } from './timeline-recorder.ts';
import { witnessSeries } from './witness-series.ts';

export interface ConformInput {
  readonly profile: Profile;
  readonly clusterName: string;
  readonly componentVersions: Readonly<Record<string, string>>;
  readonly assurance: keyof typeof ASSURANCE;
  readonly fault: Fault | undefined;
  readonly ratePerSecond: number | undefined;
  readonly cleanup: 'always' | 'on-success' | 'never';
  readonly runsDirectory: string;
  readonly command: readonly string[];
  readonly reproduce: string;
  readonly host: RunReport['run']['host'];
}

export interface ConformPorts {
  readonly provider: ClusterProvider;
  readonly connect: (kubeconfigPath: string) => ClusterClient;
  /** Files of the profile's repository; component files need the components built. */
  readonly collectFiles: (progress: Progress) => Promise<readonly RepositoryFile[]>;
  readonly createLoad: (logDirectory: string) => LoadRunner;
  readonly loadComponent: () => ComponentVersion;
  readonly render: RenderReports;
  readonly progress: Progress;
  readonly ownComponent: ComponentVersion;
  now(): number;
}

/** @throws HarnessError LINT_FAILED (exit 2), and whatever cluster, deployment and run directory throw */
export async function conform(input: ConformInput, ports: ConformPorts, interrupted: AbortSignal): Promise<RunProduct> {
  const files = await ports.collectFiles(ports.progress);
  const findings = lintProfile(input.profile, files);
  refuseErrors(findings, input.profile);
  const directory = await createRunDirectory({
    parent: input.runsDirectory,
    kind: 'conform',
    command: input.command,
    now: ports.now,
  });
  const steps: RunReport['appendix']['phases'] = [];
  const progress = recordProgress(withSteps(ports.progress, steps, ports.now), directory.recordEvent, ports.now);
  const startedAt = ports.now();
  const budget = AbortSignal.timeout(input.profile.budgets.runMs);
  const signal = AbortSignal.any([interrupted, budget]);
  let outcome: RunReport['outcome'] | undefined;
  try {
    const spec = clusterSpec(input);
    const cluster = await ports.provider.up(spec, progress, signal);
    const scene = await createScene(input, ports, { cluster, directory, files, progress, signal });
    const watching = new AbortController();
    const watches = watchSplits(scene, AbortSignal.any([watching.signal, signal]));
    const results: ClaimResult[] = [];
    const witness: ShareSeries[] = [];
    try {
      await deployProfile(scene, scene.source.repository.commits.at(-1)?.sha ?? '');
      await ingressAnswers(scene);
      if (input.fault) await applyFault(input.fault, scene);
      results.push(...(await judgeClaims(scene, interrupted, budget)));
      witness.push(...(await secondWitness(scene, startedAt)));
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      watching.abort();
      await watches;
    }
    for (const claim of input.profile.claims.slice(results.length))
      results.push(
        unjudged(claim, interrupted.aborted ? 'the run was interrupted' : 'the time budget of the run was spent'),
      );
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
      lintFindings: [...findings],
      steps,
      evidence: await directory.sealEvidence(),
      notEnforced: await cluster.notEnforced(),
    });
    const reports = await ports.render(report);
    await directory.finish(reports);
    outcome = report.outcome;
    return { report, directory: directory.path, files: reports };
  } catch (error) {
    const code = error instanceof HarnessError ? error.code : 'INTERNAL';
    await directory.abandon({ code, message: error instanceof Error ? error.message : String(error) });
    throw error;
  } finally {
    if (input.cleanup === 'always' || (input.cleanup === 'on-success' && outcome === 'passed'))
      await ports.provider.down(input.clusterName, ports.progress);
    else
      ports.progress.note(
        `cluster ${input.clusterName} is kept; remove it with: canaryproof down --name ${input.clusterName}`,
      );
  }
}

function refuseErrors(findings: readonly FindingReport[], profile: Profile): void {
  const errors = findings.filter((finding) => finding.severity === 'error');
  const [first, ...others] = errors;
  if (!first) return;
  const lines = others.map((finding) => `${finding.where ?? ''} ${finding.code}: ${finding.sentence}`.trim());
  throw usageError(first.code, [first.sentence, ...lines].join('\n'), {
    where: first.where ?? profile.file,
    ...(first.hint === undefined ? {} : { hint: first.hint }),
  });
}

export function clusterSpec(input: Pick<ConformInput, 'profile' | 'clusterName' | 'componentVersions'>): ClusterSpec {
  return {
    name: input.clusterName,
    addons: input.profile.addons,
    componentVersions: input.componentVersions,
    images: input.profile.images,
  };
}

/** Remembers how long every top-level step took, for the appendix. */
function withSteps(progress: Progress, steps: RunReport['appendix']['phases'], now: () => number): Progress {
  return {
    note: (text) => progress.note(text),
    step(name) {
      const startedAt = now();
      const inner = progress.step(name);
      const end = () => steps.push({ name, startedAt, durationMs: now() - startedAt });
      return {
        update: (text) => inner.update(text),
        done(text) {
          end();
          inner.done(text);
        },
        fail(text) {
          end();
          inner.fail(text);
        },
      };
    },
  };
}

interface SceneParts {
  readonly cluster: RunningCluster;
  readonly directory: RunDirectory;
  readonly files: readonly RepositoryFile[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

async function createScene(input: ConformInput, ports: ConformPorts, parts: SceneParts): Promise<Scene> {
  const { cluster, directory, files, progress, signal } = parts;
  const { profile } = input;
  const recorder = createTimelineRecorder(ports.now, (event) => directory.recordEvent({ type: 'timeline', ...event }));
  // a repository of this run only: a cluster that is used again must not see an earlier run's commits
  const repository = await createGitRepository(
    { bareDirectory: cluster.git.directory, baseUrl: cluster.git.url, name: `${profile.name}-${directory.id}` },
    path.join(directory.path, 'git'),
    ports.now,
  );
  const source = createGitSource(repository, (commit) =>
    recorder.event('Git', commit.message, commit.sha.slice(0, 12)),
  );
  await source.commit(
    withRunRepository(files, profile.source.application, repository.url),
    `The state that ${profile.name} declares`,
  );
  const manifest = files.find((file) => file.path === profile.source.application);
  const application = readApplication(manifest ?? { path: profile.source.application, text: '' });
  return {
    profile,
    cluster,
    client: ports.connect(cluster.kubeconfigPath),
    source,
    application: { name: application.name, namespace: application.namespace },
    recorder,
    progress,
    signal,
    load: ports.createLoad(path.join(directory.path, 'logs')),
    evidence: directory,
    assurance: input.assurance,
    ratePerSecond: input.ratePerSecond,
    cores: input.host.cpus,
    phases: [],
    now: ports.now,
  };
}

function splitClaims(profile: Profile): TrafficSplitClaim[] {
  return profile.claims.filter((claim) => claim.kind === 'traffic-split');
}

/** Records every write of the VirtualServices that the claims speak of, from before they exist. */
function watchSplits(scene: Scene, signal: AbortSignal): Promise<unknown> {
  const wanted = new Map(splitClaims(scene.profile).map(({ virtualService: v }) => [`${v.namespace}/${v.name}`, v]));
  return Promise.all(
    [...wanted.values()].map(({ namespace, name }) =>
      scene.client.watch(
        { apiVersion: 'networking.istio.io/v1', resource: 'virtualservices', namespace },
        (type, object) => {
          if (type !== 'DELETED') scene.recorder.virtualService(object);
          else scene.recorder.event('VirtualService', `${name} deleted`);
        },
        signal,
        `metadata.name=${name}`,
      ),
    ),
  );
}

async function ingressAnswers(scene: Scene): Promise<void> {
  const path = splitClaims(scene.profile)
    .flatMap((claim) => claim.paths)
    .find((candidate) => candidate.kind === 'ingress');
  const base = scene.cluster.ingressUrl;
  if (!path || base === undefined) return;
  const step = scene.progress.step('ingress answers');
  const deadline = scene.now() + scene.profile.budgets.ingressAnswersMs;
  const headers = path.host === undefined ? {} : { Host: path.host };
  for (;;) {
    scene.signal.throwIfAborted();
    const status = await fetch(base + path.path, { headers, signal: AbortSignal.timeout(2_000) }).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) break;
    if (scene.now() > deadline) {
      step.fail(`last status ${status || 'none'}`);
      throw new HarnessError(
        'INGRESS_SILENT',
        3,
        `the ingress did not answer 200 within ${scene.profile.budgets.ingressAnswersMs / 1000} s`,
        {
          where: base + path.path,
          hint: 'Look at the Gateway and the VirtualService of the ingress, and at the pods behind it.',
        },
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  step.done(base + path.path);
}

async function judgeClaims(scene: Scene, interrupted: AbortSignal, budget: AbortSignal): Promise<ClaimResult[]> {
  const results: ClaimResult[] = [];
  for (const claim of scene.profile.claims) {
    if (interrupted.aborted || budget.aborted) break;
    try {
      const result = await judgeClaim(claim, scene);
      results.push(result);
      scene.progress.note(`${result.claim.outcome.padEnd(12)} ${claim.id}: ${result.claim.sentence}`);
    } catch (error) {
      if (!scene.signal.aborted) throw error;
      break;
    }
  }
  return results;
}

/** What the mesh's own counters saw meanwhile, for the timeline of each followed arm. */
async function secondWitness(scene: Scene, startedAt: number): Promise<ShareSeries[]> {
  const [claim] = splitClaims(scene.profile);
  const arms = [...new Set(scene.phases.map((phase) => phase.result.followedArm))];
  if (!claim) return [];
  try {
    const series = await Promise.all(arms.map((arm) => witnessSeries(scene, claim, arm, startedAt)));
    return series.filter((found) => found !== undefined);
  } catch (error) {
    if (scene.signal.aborted) return [];
    // a picture less; the verdicts stand without it
    scene.progress.note(`no second witness in the timeline: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

/** What each commit declared, for the timeline. */
function declaredHistory(profile: Profile, scene: Scene) {
  const [claim] = splitClaims(profile);
  if (!claim) return [];
  const { name, namespace } = claim.virtualService;
  return scene.source.history.map(({ commit, files }) => ({
    atMs: commit.pushedAt,
    source: `commit ${commit.sha.slice(0, 12)} ${commit.message}`,
    split: readDeclaredSplit(files, { virtualService: { name, namespace }, namespace }),
  }));
}
