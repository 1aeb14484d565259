/** Connects `conform` and `plan` with profiles, the local provider, k6 and the report writers. */
import { readFile } from 'node:fs/promises';
import { leaseCluster } from '../../clusters/access/cluster-lease.ts';
import { componentsOf } from '../../clusters/local/prepare-node.ts';
import { renderAll } from '../../reports/all-writers.ts';
import type { FindingReport } from '../../reports/model/run-report.ts';
import { readDeclaredSplit } from '../lint/declared-split.ts';
import { lintProfile, profileLintOptions } from '../lint/lint-profile.ts';
import { createK6Runner } from '../load/k6-runner.ts';
import { expectationOf } from '../pipeline/claim-split.ts';
import { type ConformInput, conform as conformUseCase } from '../pipeline/conform.ts';
import { tourStops } from '../pipeline/fault-tour.ts';
import type { ComponentVersion, Progress } from '../pipeline/ports.ts';
import type { RunProduct } from '../pipeline/run-product.ts';
import { judgeProfileFiles } from '../premerge/judge-profile-files.ts';
import { packageRoot } from '../process/package-root.ts';
import { pasteable, runProgram } from '../process/run-program.ts';
import { collectRepository, type RepositoryFile } from '../profile/collect-repository.ts';
import { loadFault } from '../profile/faults.ts';
import { loadProfile } from '../profile/load-profile.ts';
import type { Profile } from '../profile/profile.ts';
import { selectClaims } from '../profile/select-claims.ts';
import { costOfSplit, type SplitCost } from '../verdict/split-cost.ts';
import { ASSURANCE } from '../verdict/split-judge.ts';
import { ensureComponents } from './compose-cluster.ts';
import { renderPrograms } from './compose-lint.ts';
import { createProvider } from './compose-provider.ts';
import { imagesNamed } from './images-named.ts';
import { stepLines } from './plan-steps.ts';
import type { ConformRequest, PlanFinding, PlanProduct } from './services.ts';
import { version } from './version.ts';
import type { World } from './world.ts';

export async function conform(world: World, request: ConformRequest, progress: Progress): Promise<RunProduct> {
  const input = await readInput(world, request);
  const { provider, toolset, connect, stateRoot } = await createProvider(world, {
    provider: request.provider,
    settings: request.settings ?? {},
    extraComponents: ['k6'],
    imageReferences: async (step) => imagesNamed(await collectFiles(world, input.profile, request, step)),
    keepOnFailure: request.cleanup === 'never',
    staysUp: true,
  });
  const release = await leaseCluster(stateRoot, input.clusterName);
  const k6 = () => toolset().component('k6', request.componentVersions.k6).programs.k6!;
  const run = conformUseCase(
    input,
    {
      provider,
      connect,
      collectFiles: (step) => collectFiles(world, input.profile, request, step),
      lintManifests: (files) => lintManifests(world, request, input.profile, files, progress),
      createLoad: (logDirectory) => createK6Runner({ k6Path: k6().path, logDirectory, environment: world.env }),
      renderKustomization: (directory) => renderKustomization(world, request, directory, progress),
      loadComponent: (): ComponentVersion => ({
        name: 'k6',
        version: k6().version,
        origin: k6().origin,
        sha256: k6().sha256,
      }),
      render: renderAll,
      progress,
      ownComponent: { name: 'canaryproof', version, origin: 'this package' },
      now: world.now,
    },
    world.interruption.signal,
  );
  return run.finally(release);
}

async function renderKustomization(
  world: World,
  request: ConformRequest,
  directory: string,
  progress: Progress,
): Promise<string> {
  const toolset = await ensureComponents(world, ['kustomize'], request.componentVersions, progress);
  const kustomize = toolset.component('kustomize').programs.kustomize?.path ?? 'kustomize';
  return (await runProgram([kustomize, 'build', directory])).stdout;
}

async function readInput(world: World, request: ConformRequest): Promise<ConformInput> {
  const whole = await loadProfile(request.profile, { packageRoot: packageRoot(), workingDirectory: world.cwd });
  const profile = selectClaims(whole, request.claims);
  return {
    profile,
    claimsLeftOut: whole.claims.map(({ id }) => id).filter((id) => profile.claims.every((claim) => claim.id !== id)),
    clusterName: request.clusterName ?? profile.name,
    componentVersions: request.componentVersions,
    assurance: request.assurance ?? profile.load.assurance,
    faults: await Promise.all(request.faults.map((name) => loadFault(profile, name))),
    ratePerSecond: request.ratePerSecond,
    cleanup: request.cleanup,
    runsDirectory: request.runsDirectory,
    command: request.command,
    reproduce: pasteable(request.command),
    host: { system: world.host.system, cpus: world.host.cpus, memoryBytes: world.host.memoryBytes },
  };
}

/** The profile's own files, and those of components, which have to be built first when a profile names any. */
function collectFiles(
  world: World,
  profile: Profile,
  request: ConformRequest,
  progress: Progress,
): Promise<readonly RepositoryFile[]> {
  return collectRepository(profile, async (component, file) => {
    const toolset = await ensureComponents(world, [component], request.componentVersions, progress);
    return readFile(toolset.component(component).dataFile(file), 'utf8');
  });
}

/** Everything that `conform` would do, and what each verdict will cost; nothing is started or changed. */
export async function plan(world: World, request: ConformRequest): Promise<PlanProduct> {
  const { profile, clusterName, assurance, faults, ratePerSecond } = await readInput(world, request);
  const silent: Progress = {
    note: () => undefined,
    step: () => ({ update: () => undefined, done: () => undefined, fail: () => undefined }),
  };
  const files = await collectFiles(world, profile, request, silent);
  const findings = lintProfile(profile, files, await lintManifests(world, request, profile, files, silent));
  return {
    findings: findings.map(planFinding),
    title: `${profile.name}: ${profile.title}`,
    sections: [
      {
        title: 'Cluster',
        lines: [
          `${request.provider} cluster ${clusterName} with ${profile.addons.join(', ')}`,
          `components: ${[...componentsOf(profile), 'k6'].join(', ')}`,
          `namespaces: ${profile.namespaces.map(({ name, istioInjection }) => `${name}${istioInjection ? ' (meshed)' : ''}`).join(', ')}`,
          ...faults.map((fault) => `fault ${fault.name}: ${fault.title}`),
        ],
      },
      { title: 'Git repository', lines: files.map((file) => file.path) },
      { title: 'Claims', lines: claimsOf(profile, faults).map((claim) => `${claim.id}  ${claim.title}`) },
      { title: 'Load', lines: loadLines(profile, files, assurance, ratePerSecond) },
      { title: 'Steps', lines: stepLines(profile, files, assurance, ratePerSecond) },
      {
        title: 'Lint',
        lines:
          findings.length === 0
            ? ['no findings']
            : findings.map((f) => `${f.severity} ${f.code} ${f.where ?? ''} ${f.sentence}`),
      },
    ],
  };
}

async function lintManifests(
  world: World,
  request: ConformRequest,
  profile: Profile,
  files: readonly RepositoryFile[],
  progress: Progress,
): Promise<FindingReport[]> {
  const programs = renderPrograms(world, request.componentVersions, progress);
  const source = { files, application: profile.source.application };
  return [...(await judgeProfileFiles(source, profileLintOptions(profile), programs))];
}

/** With file and line apart, as programs want them. */
function planFinding({ code, severity, sentence, hint, where = '' }: FindingReport): PlanFinding {
  const [, file, line] = /^(.+):(\d+):\d+$/.exec(where) ?? [];
  const place = file === undefined ? (where === '' ? {} : { file: where }) : { file, line: Number(line) };
  return { code, severity, sentence, ...place, ...(hint === undefined ? {} : { hint }) };
}

/** As the report will list them. */
function claimsOf(profile: Profile, faults: ConformInput['faults']) {
  return faults.length > 1 ? tourStops(profile, faults).map(({ name }) => name) : profile.claims;
}

function loadLines(
  profile: Profile,
  files: readonly RepositoryFile[],
  assurance: keyof typeof ASSURANCE,
  rate: number | undefined,
): string[] {
  return profile.claims
    .filter((claim) => claim.kind === 'traffic-split')
    .flatMap((claim) => {
      const { name, namespace } = claim.virtualService;
      const split = readDeclaredSplit(files, { virtualService: { name, namespace }, namespace });
      const { margin, alpha, beta } = ASSURANCE[assurance];
      const cost = costOfSplit(expectationOf(split, assurance));
      return claim.paths.map((path) => {
        const perSecond = rate ?? path.ratePerSecond;
        return `${claim.id} ${path.kind}: ${perSecond} requests/s, ±${margin * 100} points, α ${alpha}, β ${beta}; ${describeCost(cost, perSecond)}`;
      });
    });
}

function describeCost(cost: SplitCost, perSecond: number): string {
  const { passMean, cap } = cost;
  return `about ${Math.round(passMean)} requests (${(passMean / perSecond).toFixed(0)} s) when the split is right, at most ${cap} (${(cap / perSecond).toFixed(0)} s)`;
}
