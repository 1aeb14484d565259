/** What the offline images of a kind cluster are made of, beside the programs that the local provider runs too. */
import type { GoRecipe } from './recipe.ts';

const MIB = 1024 ** 2;

export const KIND_PARTS: readonly GoRecipe[] = [
  {
    kind: 'go',
    component: 'kind',
    version: '0.33.0',
    origin: 'Go module sigs.k8s.io/kind v0.33.0',
    moduleFolder: 'kind',
    tags: [],
    linkerValues: {},
    programs: [{ name: 'kind', source: 'sigs.k8s.io/kind', asks: { args: ['version'], pattern: /kind (v\S+)/ } }],
    // The files of its base image, and the sources that name the images a node must hold.
    data: [
      {
        module: 'sigs.k8s.io/kind',
        paths: ['images/base/files', 'pkg/build/nodeimage/const_cni.go', 'pkg/build/nodeimage/const_storage.go'],
      },
    ],
    typicalSeconds: 20,
    buildBytes: 300 * MIB,
    installedBytes: 15 * MIB,
  },
  {
    // Apart from the component `kubernetes`, which the local provider needs and which has no use for it.
    kind: 'go',
    component: 'kubeadm',
    version: '1.35.4',
    origin: 'Go module k8s.io/kubernetes v1.35.4',
    moduleFolder: 'kubeadm',
    tags: [],
    linkerValues: {
      'k8s.io/component-base/version.gitVersion': 'v1.35.4',
      'k8s.io/component-base/version.gitMajor': '1',
      'k8s.io/component-base/version.gitMinor': '35',
    },
    programs: [
      {
        name: 'kubeadm',
        source: 'k8s.io/kubernetes/cmd/kubeadm',
        asks: { args: ['version', '-o', 'short'], pattern: /^(v\S+)/ },
      },
    ],
    data: [],
    typicalSeconds: 120,
    buildBytes: 1200 * MIB,
    installedBytes: 60 * MIB,
  },
  {
    kind: 'go',
    component: 'local-path-provisioner',
    version: '0.0.30',
    origin: 'Go module github.com/rancher/local-path-provisioner v0.0.30',
    moduleFolder: 'local-path-provisioner',
    tags: [],
    linkerValues: { 'main.VERSION': 'v0.0.30' },
    programs: [
      {
        name: 'local-path-provisioner',
        source: 'github.com/rancher/local-path-provisioner',
        asks: { args: ['--version'], pattern: /version (v\S+)/ },
      },
    ],
    data: [],
    typicalSeconds: 60,
    buildBytes: 700 * MIB,
    installedBytes: 40 * MIB,
  },
  {
    kind: 'go',
    component: 'node-programs',
    version: '0.1.0',
    origin: "canaryproof's own source, in modules/node-programs",
    moduleFolder: 'node-programs',
    tags: [],
    linkerValues: {},
    programs: [
      {
        name: 'node-network',
        source: 'canaryproof.dev/node-programs/node-network',
        asks: { args: ['-version'], pattern: /node-network (\S+)/ },
      },
      {
        name: 'pause',
        source: 'canaryproof.dev/node-programs/pause',
        asks: { args: ['-version'], pattern: /pause (\S+)/ },
      },
    ],
    data: [],
    typicalSeconds: 15,
    buildBytes: 150 * MIB,
    installedBytes: 10 * MIB,
  },
];
