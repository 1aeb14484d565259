/** What a user may say about a kind cluster; everything else is the tool's own default. */
export interface KindOptions {
  /** Of the node image, unless the preparation names one. */
  readonly nodeImage: string | undefined;
  /** `v1.35.4`: a node image of that version. */
  readonly kubernetesVersion: string | undefined;
  /** One control plane, the rest workers. */
  readonly nodes: number;
  /** `HOST_PATH:NODE_PATH[:ro]`, in every node. */
  readonly mounts: readonly NodeMount[];
  /** Registry host -> URL that is asked instead, such as `docker.io` -> `http://172.18.0.1:5000`. */
  readonly registryMirrors: Readonly<Record<string, string>>;
  /** Port of 127.0.0.1 for the ingress; undefined: any free one. */
  readonly ingressPort: number | undefined;
}

export interface NodeMount {
  readonly hostPath: string;
  readonly nodePath: string;
  readonly readOnly: boolean;
}

/** Clusters on the engine are named after ours with this in front, so that a user's own never have to give way. */
export const NAME_PREFIX = 'canaryproof-';
/** Where the nodes see the cluster's own folder: the mark that tells our nodes from everybody else's. */
export const MARK_PATH = '/canaryproof';

export function kindName(cluster: string): string {
  return `${NAME_PREFIX}${cluster}`;
}
