/** Options that say where a cluster runs and how it is made, for the verbs that make one. */
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { usageError } from '../../errors/harness-error.ts';
import { PROVIDERS, type ProviderName, type ProviderSettings } from '../cluster-requests.ts';
import type { World } from '../world.ts';
import { collectPairs, countNumber, portNumber } from './verb.ts';

/** What commander made of them; an option of another provider than the chosen one is refused by providerSettings. */
export interface ProviderOptions {
  readonly provider: ProviderName;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly allowContext?: string;
  readonly installAddons?: boolean;
  readonly allowShared?: readonly string[];
  readonly gitAddress?: string;
  readonly gitFolder?: ProviderSettings['gitFolder'];
  readonly nodeImage?: string;
  readonly kubernetesVersion?: string;
  readonly nodes?: number;
  readonly mount?: NonNullable<ProviderSettings['mounts']>;
  readonly registryMirror?: Readonly<Record<string, string>>;
  readonly ingressPort?: number;
  readonly pull?: boolean;
  readonly memory?: number;
  readonly cpus?: number;
  readonly driver?: string;
  readonly runners?: number;
  readonly istioProfile?: 'default' | 'demo';
}

const MADE: readonly ProviderName[] = ['kind', 'minikube'];
/** Option -> providers that have a use for it. */
const USES: Readonly<Partial<Record<keyof ProviderOptions, readonly ProviderName[]>>> = {
  context: ['existing'],
  kubeconfig: ['existing'],
  allowContext: ['existing'],
  installAddons: ['existing'],
  allowShared: ['existing'],
  gitAddress: ['existing'],
  gitFolder: ['existing'],
  nodeImage: MADE,
  kubernetesVersion: MADE,
  nodes: MADE,
  mount: MADE,
  registryMirror: MADE,
  pull: MADE,
  ingressPort: ['kind'],
  memory: ['minikube'],
  cpus: ['minikube'],
  driver: ['minikube'],
  runners: ['existing'],
  istioProfile: [...MADE, 'existing'],
};

/** Adds every provider's options, each saying for whom it is; values that cannot be read are usage errors (exit 2). */
export function addProviderOptions(command: Command): Command {
  const some = (option: keyof ProviderOptions) => `(${USES[option]?.join(', ')})`;
  return command
    .addOption(new Option('--provider <provider>', 'where the cluster runs').choices(PROVIDERS).default('local'))
    .option('--context <name>', `context of the cluster to use ${some('context')}`)
    .option('--kubeconfig <file>', `file that holds it; default $KUBECONFIG or ~/.kube/config ${some('kubeconfig')}`)
    .option('--allow-context <name>', `use that cluster although canaryproof did not make it ${some('allowContext')}`)
    .option('--install-addons', `install what the cluster lacks; down removes it again ${some('installAddons')}`)
    .option(
      '--allow-shared <kind/namespace/name>',
      `object that a run may put beside programs of others; repeatable, see plan ${some('allowShared')}`,
      sharedObject,
    )
    .option('--git-address <address>', `of this machine, as the pods see it ${some('gitAddress')}`)
    .option('--git-folder <dir=url>', `bare repositories that you serve yourself ${some('gitFolder')}`, gitFolder)
    .option('--node-image <image>', `of the nodes ${some('nodeImage')}`)
    .option('--kubernetes-version <version>', `such as v1.35.4 ${some('kubernetesVersion')}`)
    .option('--nodes <count>', `one control plane, the rest workers ${some('nodes')}`, countNumber)
    .option('--mount <host:node[:ro]>', `folder of this machine in every node; repeatable ${some('mount')}`, mounts)
    .option('--registry-mirror <registry=url>', `asked first; repeatable ${some('registryMirror')}`, collectPairs)
    .option('--pull', `let the nodes pull images instead of loading own builds ${some('pull')}`)
    .option('--ingress-port <port>', `of 127.0.0.1; default any free one ${some('ingressPort')}`, portNumber)
    .option('--memory <MiB>', `of the machine; default 6144 ${some('memory')}`, countNumber)
    .option('--cpus <count>', `of the machine; default 4 ${some('cpus')}`, countNumber)
    .option('--driver <name>', `default docker ${some('driver')}`)
    .option('--runners <count>', `k6 runners, by the k6-operator of the cluster ${some('runners')}`, countNumber)
    .addOption(
      new Option('--istio-profile <profile>', `of Istio's charts ${some('istioProfile')}`).choices(['default', 'demo']),
    );
}

/** @throws HarnessError OPTION_USELESS when an option belongs to another provider */
export function providerSettings({ cwd }: Pick<World, 'cwd'>, options: ProviderOptions): ProviderSettings {
  const { provider } = options;
  for (const [option, providers] of Object.entries(USES))
    if (options[option as keyof ProviderOptions] !== undefined && !providers.includes(provider)) {
      const flag = `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      throw usageError('OPTION_USELESS', `${flag} means nothing to provider ${provider}`, {
        hint: `It is for ${providers.join(' and ')}: add --provider ${providers[0]}, or leave it out.`,
      });
    }
  const { mount, registryMirror, memory, kubeconfig, gitFolder: folder } = options;
  const given = {
    context: options.context,
    kubeconfig: kubeconfig === undefined ? undefined : path.resolve(cwd, kubeconfig),
    allowContext: options.allowContext,
    installAddons: options.installAddons,
    sharedObjects: options.allowShared,
    gitAddress: options.gitAddress,
    gitFolder: folder && { ...folder, directory: path.resolve(cwd, folder.directory) },
    nodeImage: options.nodeImage,
    kubernetesVersion: options.kubernetesVersion,
    nodes: options.nodes,
    mounts: mount?.map((one) => ({ ...one, hostPath: path.resolve(cwd, one.hostPath) })),
    registryMirrors: registryMirror,
    pull: options.pull,
    ingressPort: options.ingressPort,
    memoryMib: memory,
    cpus: options.cpus,
    driver: options.driver,
    runners: options.runners,
    istioProfile: options.istioProfile,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function sharedObject(value: string, before: readonly string[] = []): readonly string[] {
  if (!/^[A-Za-z]+\/[^/\s]+\/[^/\s]+$/.test(value)) throw new InvalidArgumentError('expected KIND/NAMESPACE/NAME.');
  return [...before, value];
}

function mounts(
  value: string,
  before: NonNullable<ProviderSettings['mounts']> = [],
): NonNullable<ProviderSettings['mounts']> {
  const match = /^([^:]+):(\/[^:]*)(:ro)?$/.exec(value);
  if (!match?.[1] || !match[2])
    throw new InvalidArgumentError('expected HOST_PATH:NODE_PATH or HOST_PATH:NODE_PATH:ro.');
  return [...before, { hostPath: match[1], nodePath: match[2], readOnly: match[3] !== undefined }];
}

function gitFolder(value: string): NonNullable<ProviderSettings['gitFolder']> {
  const at = value.indexOf('=');
  const url = value.slice(at + 1);
  if (at < 1 || !URL.canParse(url)) throw new InvalidArgumentError('expected DIRECTORY=URL.');
  return { directory: value.slice(0, at), url: url.replace(/\/$/, '') };
}
