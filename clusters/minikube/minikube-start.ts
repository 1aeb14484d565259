/** What minikube (v1.37) is told when it starts a machine, and what it says: steps, and why it failed. */
import { environmentError, type HarnessError } from '../../harness/errors/harness-error.ts';
import type { ProgramError } from '../../harness/process/run-program.ts';

export interface MinikubeOptions {
  /** minikube's `--base-image`. */
  readonly nodeImage: string | undefined;
  readonly kubernetesVersion: string | undefined;
  readonly nodes: number;
  readonly mounts: readonly { readonly hostPath: string; readonly nodePath: string; readonly readOnly: boolean }[];
  readonly registryMirrors: Readonly<Record<string, string>>;
  readonly memoryMib: number;
  readonly cpus: number;
  readonly driver: string;
}

/** The seeds' shape unless the user says otherwise. */
export function startArguments(options: MinikubeOptions, preparedImage: string | undefined): readonly string[] {
  const image = preparedImage ?? options.nodeImage;
  return [
    'start',
    `--driver=${options.driver}`,
    `--memory=${options.memoryMib}mb`,
    `--cpus=${options.cpus}`,
    `--nodes=${options.nodes}`,
    // pods' networks are then entered the same way as on the other providers
    '--container-runtime=containerd',
    '--interactive=false',
    '--delete-on-failure=false',
    '--wait=apiserver,system_pods',
    '--output=json',
    // root is refused otherwise, and only root can start load in a pod's network
    ...(options.driver === 'docker' && process.getuid?.() === 0 ? ['--force'] : []),
    ...(options.kubernetesVersion === undefined ? [] : [`--kubernetes-version=${options.kubernetesVersion}`]),
    ...(image === undefined ? [] : [`--base-image=${image}`]),
    ...Object.values(options.registryMirrors).map((url) => `--registry-mirror=${url}`),
    ...(options.mounts[0] === undefined
      ? []
      : ['--mount', `--mount-string=${options.mounts[0].hostPath}:${options.mounts[0].nodePath}`]),
  ];
}

/** A line of `--output=json` is a CloudEvent; steps carry their message in `data`. */
export function stepMessage(line: string): string | undefined {
  try {
    const event = JSON.parse(line) as { type?: string; data?: { message?: string } };
    return event.type === 'io.k8s.sigs.minikube.step' ? event.data?.message : undefined;
  } catch {
    return undefined;
  }
}

interface ErrorEvent {
  readonly type?: string;
  readonly data?: { readonly name?: string; readonly message?: string; readonly advice?: string };
}

/** minikube names its reasons (pkg/minikube/reason); they are passed on under codes of ours. */
export function minikubeFailure(error: ProgramError): HarnessError {
  const events = error.stdout.split('\n').flatMap((line): ErrorEvent[] => {
    try {
      return [JSON.parse(line) as ErrorEvent];
    } catch {
      return [];
    }
  });
  const told = events.filter(({ type }) => type === 'io.k8s.sigs.minikube.error').at(-1)?.data;
  const name = told?.name ?? '';
  const message = told?.message ?? error.stderr.trim().split('\n').at(-1) ?? '';
  const code = /MEMORY|OOM/.test(name)
    ? 'ENGINE_MEMORY'
    : /CPU/.test(name)
      ? 'ENGINE_CPUS'
      : /DISK|STORAGE/.test(name)
        ? 'ENGINE_DISK'
        : /PROVIDER|DRV_|DOCKER/.test(name)
          ? 'ENGINE_MISSING'
          : /IMAGE|KIC_PULL|INET/.test(name)
            ? 'NODE_IMAGE_MISSING'
            : 'CLUSTER_START_FAILED';
  return environmentError(code, `minikube did not start: ${message}${name ? ` (${name})` : ''}`, {
    hint: told?.advice || 'minikube logs say more; --keep leaves the machine to be looked at.',
    cause: error,
  });
}
