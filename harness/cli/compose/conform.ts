import { readFile } from 'node:fs/promises';
import { leaseCluster } from '../../../clusters/access/ownership/cluster-lease.ts';
import { componentsOf } from '../../../clusters/local/prepare-node.ts';
import { renderAll } from '../../../reports/all-writers.ts';
import type { FindingReport } from '../../../reports/model/run-report.ts';
import type { PlanLine } from '../../claims/claim-kind.ts';
import { kindOf } from '../../claims/declarations.ts';
import { lintProfile, profileLintOptions } from '../../claims/lint-profile.ts';
import { conform as conformUseCase } from '../../conform/conform.ts';
import { tourStops } from '../../conform/fault-tour.ts';
import type { ConformInput } from '../../conform/input.ts';
import { refusing } from '../../conform/preflight.ts';
import { requireSharedAllowed, sharedObjects } from '../../conform/shared-objects.ts';
import { createK6Runner } from '../../load/k6/k6-runner.ts';
import { collectReferenced } from '../../overlay/collect-referenced.ts';
import { overlayChanges } from '../../overlay/overlay-changes.ts';
import type { ComponentVersion } from '../../ports/component.ts';
import type { Progress } from '../../ports/progress.ts';
import type { RunProduct } from '../../ports/run-product.ts';
import { judgeProfileFiles } from '../../premerge/judge-profile-files.ts';
import { packageRoot } from '../../process/package-root.ts';
import { pasteable, runProgram } from '../../process/run-program.ts';
import { collectRepository, type RepositoryFile } from '../../profile/collect-repository.ts';
import { loadFault } from '../../profile/faults.ts';
import { loadProfile } from '../../profile/load-profile.ts';
import type { Profile } from '../../profile/profile.ts';
import { selectClaims } from '../../profile/select-claims.ts';
import { imagesNamed } from '../images/images-named.ts';
import type { ConformRequest, PlanFinding, PlanProduct } from '../services.ts';
import { version } from '../version.ts';
import type { World } from '../world.ts';
import { ensureComponents } from './components.ts';
import { renderPrograms } from './lint.ts';
import { createProvider } from './provider.ts';

export async function conform(world: World, request: ConformRequest, progress: Progress): Promise<RunProduct> {
  const input = await readInput(world, request);
  const {
    provider,
    toolset,
    connect,
    stateRoot,
    release: leave,
  } = await createProvider(world, {
    provider: request.provider,
    settings: request.settings ?? {},
    extraComponents: ['k6'],
    imageReferences: async (step) => imagesNamed(await collectFiles(world, input.profile, request, step)),
    keepOnFailure: request.cleanup === 'never',
    staysUp: true,
  });
  const { installAddons = false, sharedObjects: allowed = [] } = request.settings ?? {};
  // what we install is shared with nobody; where it was there already, the guard at the cluster knows
  if (request.provider === 'existing' && !installAddons) requireSharedAllowed(input.profile, allowed);
  const lease = await leaseCluster(stateRoot, input.clusterName);
  const k6 = () => toolset().component('k6', request.componentVersions.k6).programs.k6!;
  const run = conformUseCase(
    input,
    {
      provider,
      connect,
      collectFiles: (step) => collectFiles(world, input.profile, request, step),
      lintManifests: (files) => lintManifests(world, request, input.profile, files, progress),
      changes: () => overlayChanges(input.profile),
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
      lease,
      now: world.now,
    },
    world.interruption.signal,
  );
  return run.finally(() => Promise.all([lease.release(), leave?.()]));
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
  const { repository } = profile.source;
  if (repository)
    return collectReferenced(profile, repository, renderPrograms(world, request.componentVersions, progress));
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
  const manifests = await lintManifests(world, request, profile, files, silent);
  const findings = lintProfile(profile, files, manifests);
  const refusals = new Set(refusing(findings, manifests, profile));
  const changes = await overlayChanges(profile);
  const lines = profile.claims.flatMap(
    (claim) => kindOf(claim).plan?.(claim, { files, assurance, ratePerSecond }) ?? [],
  );
  return {
    findings: findings.map((finding) => planFinding(finding, refusals.has(finding))),
    title: `${profile.name}: ${profile.title}`,
    sections: [
      {
        title: 'Cluster',
        lines: [
          `${request.provider} cluster ${clusterName} with ${profile.addons.join(', ')}`,
          `components: ${[...new Set([...componentsOf(profile), 'k6'])].join(', ')}`,
          `namespaces: ${profile.namespaces.map(({ name, istioInjection }) => `${name}${istioInjection ? ' (meshed)' : ''}`).join(', ')}`,
          ...faults.map((fault) => `fault ${fault.name}: ${fault.title}`),
          ...sharedLines(request, profile),
        ],
      },
      { title: 'Git repository', lines: files.map((file) => file.path) },
      ...(changes.length > 0 ? [{ title: 'Your manifests, except these', lines: changes }] : []),
      { title: 'Claims', lines: claimsOf(profile, faults).map((claim) => `${claim.id}  ${claim.title}`) },
      ...planned('Load', lines),
      ...planned('Steps', lines),
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

/** On a cluster of others: what they could notice, and whether the user agreed. */
function sharedLines({ provider, settings }: ConformRequest, profile: Profile): string[] {
  if (provider !== 'existing') return [];
  return sharedObjects(profile).map(({ object, why, claims }) => {
    const agreed = settings?.sharedObjects?.includes(object) ? 'allowed' : `needs --allow-shared ${object}`;
    return `shared with others: ${object}: ${why} (${claims.join(', ')}); ${agreed}`;
  });
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
function planFinding({ code, severity, sentence, hint, where = '' }: FindingReport, refuses: boolean): PlanFinding {
  const [, file, line] = /^(.+):(\d+):\d+$/.exec(where) ?? [];
  const place = file === undefined ? (where === '' ? {} : { file: where }) : { file, line: Number(line) };
  return { code, severity, sentence, refuses, ...place, ...(hint === undefined ? {} : { hint }) };
}

/** As the report will list them. */
function claimsOf(profile: Profile, faults: ConformInput['faults']) {
  return faults.length > 1 ? tourStops(profile, faults).map(({ name }) => name) : profile.claims;
}

/** A heading with what claims say under it, and none without. */
function planned(section: PlanLine['section'], lines: readonly PlanLine[]) {
  const own = lines.filter((line) => line.section === section).map(({ line }) => line);
  return own.length === 0 ? [] : [{ title: section, lines: own }];
}
