/** The files of a kind node's base image, and the images that a node must hold before it has seen a network. Pure. */
import type { Toolset } from '../toolchain/toolset.ts';
import { type Part, program, textFile } from './image-parts.ts';
import type { ImageConfig, ImageFile, ImagePlan } from './image-plan.ts';
import { type KindImageNames, restrictOomScore, sandboxImage } from './kind-sources.ts';

/** Components that a node image is made of. */
export const NODE_COMPONENTS: readonly string[] = [
  'kind',
  'kubernetes',
  'kubeadm',
  'etcd',
  'coredns',
  'local-path-provisioner',
  'node-programs',
];

/** Relative path under kind's images/base/files -> text. */
export type KindFiles = Readonly<Record<string, string>>;

export interface NodeSources {
  readonly kindFiles: KindFiles;
  readonly imageNames: KindImageNames;
  /** References that this kubeadm asks for, one per control-plane program. */
  readonly kubeadmImages: readonly string[];
}

const CONTAINERD_CONFIGURATION = 'etc/containerd/config.toml';
/** Units that run when a node starts; kind's own Dockerfile enables the same. */
const ENABLED_UNITS = ['containerd.service', 'kubelet.service', 'undo-mount-hacks.service'];

/** Debian's ctr is older than two things that kind asks of it: pinning images, and asking whether containerd answers. */
const CTR_WRAPPER = `#!/bin/bash
[[ "$*" == info ]] && exec /usr/bin/ctr version
words=()
for word in "$@"; do [[ "$word" == --label=* ]] || words+=("$word"); done
exec /usr/bin/ctr "\${words[@]}"
`;

export interface NodeFiles {
  readonly files: readonly ImageFile[];
  readonly links: Readonly<Record<string, string>>;
}

export function nodeFiles({ kindFiles }: NodeSources): NodeFiles {
  const wanted = Object.entries(kindFiles).filter(
    ([name]) => /^(etc|kind\/bin|usr)\//.test(name) && !/clean-install|crictl/.test(name),
  );
  return {
    files: [
      ...wanted.map(([name, text]) =>
        textFile(
          `/${name}`,
          name === CONTAINERD_CONFIGURATION ? restrictOomScore(text) : text,
          /(^|\/)bin\//.test(name),
        ),
      ),
      textFile('/usr/local/bin/ctr', CTR_WRAPPER, true),
    ],
    links: {
      ...Object.fromEntries(
        ENABLED_UNITS.map((unit) => [
          `/etc/systemd/system/multi-user.target.wants/${unit}`,
          `/etc/systemd/system/${unit}`,
        ]),
      ),
      '/etc/systemd/system/systemd-binfmt.service': '/dev/null',
    },
  };
}

/** Archives by the file name that `kind build node-image` expects of a Kubernetes server release. */
export type ServerArchives = Readonly<Record<string, readonly ImagePlan[]>>;

/** kind asks for these four archives; what else a node needs travels in them, what shares a layer in the same one. */
export function serverArchives(toolset: Toolset, sources: NodeSources): ServerArchives {
  const { kubeadmImages, imageNames, kindFiles } = sources;
  const version = toolset.component('kubernetes').version;
  const tagged = (name: string): string[] => kubeadmImages.filter((image) => image.includes(`/${name}:`));
  const control = (name: string) => plain(name, version, tagged(name), program(toolset, 'kubernetes', name));
  const sandbox = sandboxImage(kindFiles[CONTAINERD_CONFIGURATION] ?? '');
  return {
    'kube-apiserver': [control('kube-apiserver')],
    'kube-controller-manager': [control('kube-controller-manager')],
    'kube-scheduler': [
      control('kube-scheduler'),
      plain('etcd', toolset.component('etcd').version, tagged('etcd'), program(toolset, 'etcd', 'etcd')),
      plain(
        'coredns',
        toolset.component('coredns').version,
        tagged('coredns'),
        program(toolset, 'coredns', 'coredns', '/coredns'),
        { entrypoint: ['/coredns'] },
      ),
      plain(
        'pause',
        toolset.component('node-programs').version,
        [...new Set([sandbox, ...tagged('pause')])],
        program(toolset, 'node-programs', 'pause', '/pause'),
        { entrypoint: ['/pause'] },
      ),
      plain(
        'local-path-provisioner',
        toolset.component('local-path-provisioner').version,
        [imageNames.storage],
        program(toolset, 'local-path-provisioner', 'local-path-provisioner'),
      ),
    ],
    'kube-proxy': [
      { ...control('kube-proxy'), base: 'runtime' },
      {
        ...plain(
          'node-network',
          toolset.component('node-programs').version,
          [imageNames.network],
          program(toolset, 'node-programs', 'node-network'),
          { entrypoint: ['/usr/local/bin/node-network'] },
        ),
        base: 'runtime',
      },
      {
        name: 'local-path-helper',
        tags: [imageNames.storageHelper],
        version: toolset.component('local-path-provisioner').version,
        base: 'runtime',
        files: [],
        config: {},
        parts: ['Debian packages'],
      },
    ],
  };
}

function plain(
  name: string,
  version: string,
  tags: readonly string[],
  part: Part,
  config: ImageConfig = {},
): ImagePlan {
  return { name, tags, version, base: 'none', files: [part.file], config, parts: [part.said] };
}
