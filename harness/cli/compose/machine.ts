/** Connects kind and minikube with their program, the offline images and the addons. */
import path from 'node:path';
import type { ClusterMachine, MachineParts } from '../../../clusters/access/machines/machine.ts';
import { machineStateRoot } from '../../../clusters/access/machines/machine-files.ts';
import { createMachineProvider } from '../../../clusters/access/machines/machine-provider.ts';
import { editingClient, withPreloadedImages } from '../../../clusters/access/machines/real-images.ts';
import { checkSupportedVersion } from '../../../clusters/access/machines/version-support.ts';
import { installAddons, selectAddons } from '../../../clusters/addons/install-addons.ts';
import { dockerEngine } from '../../../clusters/images/engine.ts';
import { createKindMachine } from '../../../clusters/kind/kind-machine.ts';
import { kindName } from '../../../clusters/kind/kind-options.ts';
import { createMinikubeMachine } from '../../../clusters/minikube/minikube-machine.ts';
import { createClusterClient } from '../../../k8s/client/cluster-client.ts';
import type { ComponentVersion } from '../../ports/component.ts';
import { runProgram } from '../../process/run-program.ts';
import type { ProviderSettings } from '../cluster-requests.ts';
import { K6_IMAGE, offlineImages } from '../images/offline-images.ts';
import type { World } from '../world.ts';
import { chartValues, componentAccess, manifestComponents } from './addons.ts';
import { ensureComponents } from './components.ts';
import type { ConnectedProvider, ProviderRequest } from './connected-provider.ts';
import { inClusterPrefix } from './in-cluster-prefix.ts';
import { createUsedToolset } from './used-toolset.ts';

/** The provider for machines that another program makes: kind's containers or Minikube's. */
export function createMachineCluster(
  world: World,
  request: ProviderRequest & { readonly provider: 'kind' | 'minikube' },
): ConnectedProvider {
  const { settings, provider: name } = request;
  const stateRoot = machineStateRoot(world.env, name);
  const toolset = createUsedToolset();
  const kind = () => kindProgram(toolset.get().component('kind').programs);
  const machine = name === 'kind' ? kindMachine(settings, stateRoot, kind) : minikubeMachine(settings, stateRoot);
  const provider = createMachineProvider({
    machine,
    stateRoot,
    logsRoot: path.join(stateRoot, '..', 'logs'),
    keepOnFailure: request.keepOnFailure,
    connect: createClusterClient,
    addonValues: chartValues(settings),
    inCluster: inClusterPrefix(K6_IMAGE),
    now: world.now,
    async prepare(spec, progress, signal): Promise<MachineParts> {
      selectAddons(spec.addons);
      if (settings.kubernetesVersion) checkSupportedVersion(settings.kubernetesVersion, spec.addons);
      const tool = name === 'kind' ? ['kind'] : [];
      const names = [...new Set([...tool, ...manifestComponents(spec.addons), ...request.extraComponents])];
      toolset.set(await ensureComponents(world, names, spec.componentVersions, progress));
      const components: readonly ComponentVersion[] = tool.flatMap((component) =>
        Object.values(toolset.get().component(component).programs).map((program) => ({
          name: program.name,
          version: program.version,
          origin: program.origin,
          sha256: program.sha256,
        })),
      );
      if (settings.pull)
        return { nodeImage: settings.nodeImage, images: [], components, loadImages: async () => undefined };
      const references = await request.imageReferences(progress);
      const isKind = name === 'kind';
      const withNode = isKind && settings.nodeImage === undefined;
      const offline = await offlineImages(world, spec, references, { withNode }, progress);
      const nodeImage = settings.nodeImage ?? (isKind ? offline.nodeImage : undefined);
      const node = nodeImage === undefined ? undefined : await ownNode(nodeImage, signal);
      return {
        nodeImage,
        images: offline.images,
        ...(node ? { nodeOrigin: `own build, brought by the node image ${nodeImage}` } : {}),
        components: [...components, ...(node ? [node] : [])],
        async loadImages(target, files, abort) {
          if (isKind) return offline.loadIntoKind(kindName(files.name), kind());
          await offline.loadIntoEngine();
          const held = offline.images.map(({ reference }) => reference);
          await target.loadImages(files, held, abort);
        },
      };
    },
    installAddons: (spec, client, progress, signal) =>
      installAddons(
        spec.addons,
        {
          client: editingClient(client, withPreloadedImages),
          signal,
          surroundings: spec.surroundings,
          // images are on the nodes already: programs start at once
          fastProbes: !settings.pull,
          ...componentAccess(toolset.get(), chartValues(settings)),
        },
        progress,
      ),
  });
  return { provider, toolset: toolset.get, connect: createClusterClient, stateRoot };
}

/** The node image as a component, when it is one that canaryproof built. */
async function ownNode(reference: string, signal: AbortSignal): Promise<ComponentVersion | undefined> {
  const image = await dockerEngine(signal).inspect(reference);
  if (image?.recipe === undefined) return undefined;
  const version = reference.slice(reference.lastIndexOf(':') + 1);
  return { name: 'kind-node', version, origin: `own build: ${image.origin}`, sha256: image.id };
}

function kindProgram(programs: Readonly<Record<string, { readonly path: string } | undefined>>): string {
  return programs.kind?.path ?? 'kind';
}

function kindMachine(settings: ProviderSettings, stateRoot: string, kind: () => string): ClusterMachine {
  const { nodeImage, kubernetesVersion, nodes = 1, mounts = [], registryMirrors = {}, ingressPort } = settings;
  return createKindMachine({
    run: runProgram,
    kind,
    stateRoot,
    options: {
      nodeImage: nodeImage ?? (kubernetesVersion && settings.pull ? `kindest/node:${kubernetesVersion}` : undefined),
      kubernetesVersion,
      nodes,
      mounts,
      registryMirrors,
      ingressPort,
    },
  });
}

function minikubeMachine(settings: ProviderSettings, stateRoot: string): ClusterMachine {
  const { nodeImage, kubernetesVersion, nodes = 1, mounts = [], registryMirrors = {} } = settings;
  return createMinikubeMachine({
    run: runProgram,
    stateRoot,
    options: {
      ...{ nodeImage, kubernetesVersion, nodes, mounts, registryMirrors },
      memoryMib: settings.memoryMib ?? 6144,
      cpus: settings.cpus ?? 4,
      driver: settings.driver ?? 'docker',
    },
  });
}
