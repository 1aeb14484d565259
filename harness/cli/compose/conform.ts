import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { leaseCluster } from '../../../clusters/access/ownership/cluster-lease.ts';
import { componentsOf } from '../../../clusters/local/prepare-node.ts';
import { renderAll } from '../../../reports/all-writers.ts';
import { createOpenBrowser } from '../../browser/open-chromium.ts';
import { conform as conformUseCase } from '../../conform/conform.ts';
import type { ConformInput } from '../../conform/input.ts';
import { type ConformPlan, planConform } from '../../conform/plan.ts';
import type { Judge } from '../../conform/ports.ts';
import { requireSharedAllowed } from '../../conform/shared-objects.ts';
import { createK6Runner } from '../../load/k6/k6-runner.ts';
import { collectReferenced } from '../../overlay/collect-referenced.ts';
import { overlayChanges } from '../../overlay/overlay-changes.ts';
import type { ComponentVersion } from '../../ports/component.ts';
import type { Progress } from '../../ports/progress.ts';
import type { RunProduct } from '../../ports/run-product.ts';
import { packageRoot } from '../../process/package-root.ts';
import { pasteable } from '../../process/run-program.ts';
import { collectRepository, type RepositoryFile } from '../../profile/collect-repository.ts';
import { loadFault } from '../../profile/faults.ts';
import { loadProfile } from '../../profile/load-profile.ts';
import type { Profile } from '../../profile/profile.ts';
import { selectClaims } from '../../profile/select-claims.ts';
import type { ConformRequest, ProviderName } from '../cluster-requests.ts';
import { imagesNamed } from '../images/images-named.ts';
import { version } from '../version.ts';
import type { World } from '../world.ts';
import { manifestComponents } from './addons.ts';
import { ensureComponents } from './components.ts';
import { createProvider } from './provider.ts';
import { lintManifests, renderKustomization, renderManifests } from './render/profile-files.ts';
import { renderPrograms } from './render/render-programs.ts';

/**
 * Connects `conform` with the provider that was asked for, and holds the lease of its cluster for as long as it runs.
 * @throws HarnessError (exit 2) what is refused before anything is started, (exit 3) CLUSTER_IN_USE
 */
export async function conform(
  world: World,
  request: ConformRequest,
  progress: Progress,
  judge?: Judge,
): Promise<RunProduct> {
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
      renderManifests: renderManifests(world, request, input.profile, progress),
      changes: () => overlayChanges(input.profile),
      ...(judge ? { judge } : {}),
      openBrowser: createOpenBrowser(world.env),
      createLoad: (logDirectory) => createK6Runner({ k6Path: k6().path, logDirectory, environment: world.env }),
      renderKustomization: (directory) => renderKustomization(world, request, directory, progress),
      cosign: async () =>
        (await ensureComponents(world, ['cosign'], request.componentVersions, progress)).component('cosign').programs
          .cosign!.path,
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

/** SHA-256 of the files that Git would hold; the same as long as a run would be about the same. */
export async function declaredDigest(
  world: World,
  profile: Profile,
  request: ConformRequest,
  progress: Progress,
): Promise<string> {
  const files = await collectFiles(world, profile, request, progress);
  return createHash('sha256').update(JSON.stringify(files)).digest('hex');
}

/** What `conform` would do with the same request; nothing is started or changed. */
export async function plan(world: World, request: ConformRequest): Promise<ConformPlan> {
  const input = await readInput(world, request);
  const { profile } = input;
  const { provider, settings = {} } = request;
  const silent: Progress = {
    note: () => undefined,
    step: () => ({ update: () => undefined, done: () => undefined, fail: () => undefined }),
  };
  return planConform(
    {
      ...input,
      provider,
      components: [...new Set([...componentsFor(provider, profile), 'k6'])],
      allowedShared: provider === 'existing' ? (settings.sharedObjects ?? []) : undefined,
    },
    {
      collectFiles: () => collectFiles(world, profile, request, silent),
      lintManifests: (files) => lintManifests(world, request, profile, files, silent),
      renderManifests: renderManifests(world, request, profile, silent),
      changes: () => overlayChanges(profile),
      simulated: async () =>
        profile.simulation === undefined
          ? []
          : (await import('../../simulate-policy/quote-profile.ts')).quoteProfile(
              profile,
              renderPrograms(world, request.componentVersions, silent),
            ),
    },
  );
}

/** What the provider makes ready: where the programs come as images, only what brings manifests. */
function componentsFor(provider: ProviderName, profile: Profile): readonly string[] {
  if (provider === 'local') return componentsOf(profile);
  return [...(provider === 'kind' ? ['kind'] : []), ...manifestComponents(profile.addons)];
}
