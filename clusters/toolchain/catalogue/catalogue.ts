/**
 * Every program the local provider can build, pinned. Go recipes name a wrapper module (its go.mod restates the
 * upstream `replace` lines, which do not apply to whoever imports a module, and its go.sum fixes every byte);
 * wheel recipes pin the wheel's hash, npm recipes name a locked tree of packages. To move a version: new wrapper or hash here, run the integration test.
 *
 * typicalSeconds and the byte counts were read on a two-core machine that was busy with other work.
 */
import { deliveryPrograms } from './catalogue-delivery.ts';
import { KIND_PARTS } from './catalogue-kind.ts';
import { NPM_PACKAGES } from './catalogue-npm.ts';
import { argoRollouts } from './catalogue-rollouts.ts';
import { WHEELS } from './catalogue-wheels.ts';
import type { Recipe } from './recipe.ts';

const MIB = 1024 ** 2;

const KUBERNETES_PROGRAMS = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-proxy',
  'kube-scheduler',
  'kubelet',
] as const;

export const CATALOGUE: readonly Recipe[] = [
  ...WHEELS,
  {
    kind: 'go',
    component: 'k6',
    version: '2.2.0',
    origin: 'Go module go.k6.io/k6/v2 v2.2.0',
    moduleFolder: 'k6',
    tags: [],
    linkerValues: {},
    programs: [{ name: 'k6', source: 'go.k6.io/k6/v2', asks: { args: ['version'], pattern: /k6 (v\S+)/ } }],
    data: [],
    typicalSeconds: 60,
    buildBytes: 900 * MIB,
    installedBytes: 50 * MIB,
  },
  {
    kind: 'go',
    component: 'etcd',
    version: '3.6.5',
    origin: 'Go module go.etcd.io/etcd/server/v3 v3.6.5',
    moduleFolder: 'etcd',
    tags: [],
    linkerValues: {},
    programs: [
      {
        name: 'etcd',
        source: 'go.etcd.io/etcd/server/v3',
        asks: { args: ['--version'], pattern: /etcd Version: (\S+)/ },
      },
    ],
    data: [],
    typicalSeconds: 40,
    buildBytes: 600 * MIB,
    installedBytes: 30 * MIB,
  },
  {
    kind: 'go',
    component: 'kubernetes',
    version: '1.35.4',
    origin: 'Go module k8s.io/kubernetes v1.35.4',
    moduleFolder: 'kubernetes',
    tags: [],
    // Without these the programs call themselves v0.0.0-master, and clients act on that.
    linkerValues: {
      'k8s.io/component-base/version.gitVersion': 'v1.35.4',
      'k8s.io/component-base/version.gitMajor': '1',
      'k8s.io/component-base/version.gitMinor': '35',
      'k8s.io/client-go/pkg/version.gitVersion': 'v1.35.4',
      'k8s.io/client-go/pkg/version.gitMajor': '1',
      'k8s.io/client-go/pkg/version.gitMinor': '35',
    },
    programs: [
      ...KUBERNETES_PROGRAMS.map((name) => ({
        name,
        source: `k8s.io/kubernetes/cmd/${name}`,
        asks: { args: ['--version'], pattern: /Kubernetes (v\S+)/ },
      })),
      {
        name: 'kubectl',
        source: 'k8s.io/kubernetes/cmd/kubectl',
        asks: { args: ['version', '--client'], pattern: /Client Version: (v\S+)/ },
      },
    ],
    data: [{ module: 'k8s.io/cri-api', paths: ['pkg/apis/runtime/v1/api.proto'] }],
    typicalSeconds: 260,
    buildBytes: 3300 * MIB,
    installedBytes: 480 * MIB,
  },
  {
    kind: 'go',
    component: 'istio',
    version: '1.31.0-alpha.eed52ebb66ad',
    origin: 'Go module istio.io/istio v0.0.0-20260827124520-eed52ebb66ad',
    moduleFolder: 'istio',
    // Upstream's tag for both: the validators of Envoy's types are not used and add much to compile. Left out are
    // upstream's `vtprotobuf` (istiod: faster marshalling, many large files) and `agent` (would compile shared
    // packages a second time).
    tags: ['disable_pgv'],
    linkerValues: { 'istio.io/istio/pkg/version.buildVersion': '1.31.0-alpha.eed52ebb66ad' },
    programs: ['pilot-discovery', 'pilot-agent'].map((name) => ({
      name,
      source: `istio.io/istio/pilot/cmd/${name}`,
      asks: { args: ['version', '-o', 'json'], pattern: /"version": "([^"]+)"/ },
    })),
    data: [
      {
        module: 'istio.io/istio',
        paths: [
          'manifests/charts/base',
          'manifests/charts/istio-control',
          'manifests/charts/gateway',
          'samples/bookinfo/platform',
          'samples/bookinfo/networking',
          'samples/bookinfo/gateway-api',
          'tools/packaging/common/envoy_bootstrap.json',
        ],
      },
    ],
    typicalSeconds: 200,
    buildBytes: 3000 * MIB,
    installedBytes: 165 * MIB,
  },
  {
    kind: 'go',
    component: 'argocd',
    version: '3.5.7',
    origin: 'Go module github.com/argoproj/argo-cd/v3 v3.5.7',
    moduleFolder: 'argocd',
    tags: [],
    linkerValues: { 'github.com/argoproj/argo-cd/v3/common.version': '3.5.7' },
    programs: [
      {
        // One program; the name it is started under selects the component (argocd-repo-server, ...).
        name: 'argocd',
        source: 'github.com/argoproj/argo-cd/v3/cmd',
        asks: { args: ['version', '--client', '--short'], pattern: /argocd: (v\S+)/ },
      },
    ],
    data: [
      {
        module: 'github.com/argoproj/argo-cd/v3',
        paths: ['manifests/core-install.yaml', 'manifests/crds', 'hack/git-verify-wrapper.sh', 'hack/gpg-wrapper.sh'],
        executable: ['hack/git-verify-wrapper.sh', 'hack/gpg-wrapper.sh'],
      },
    ],
    typicalSeconds: 210,
    buildBytes: 3500 * MIB,
    installedBytes: 160 * MIB,
  },
  ...argoRollouts,
  {
    kind: 'go',
    component: 'prometheus',
    version: '3.15.0',
    origin: 'Go module github.com/prometheus/prometheus v0.315.0',
    moduleFolder: 'prometheus',
    // Upstream's own tags for a slim build: Kubernetes is the only service discovery that we configure.
    tags: ['remove_all_sd', 'enable_kubernetes_sd'],
    linkerValues: { 'github.com/prometheus/common/version.Version': '3.15.0' },
    programs: [
      {
        name: 'prometheus',
        source: 'github.com/prometheus/prometheus/cmd/prometheus',
        asks: { args: ['--version'], pattern: /prometheus, version (\S+)/ },
      },
    ],
    data: [],
    typicalSeconds: 100,
    buildBytes: 1500 * MIB,
    installedBytes: 80 * MIB,
  },
  {
    kind: 'go',
    component: 'coredns',
    version: '1.13.1',
    origin: 'Go module github.com/coredns/coredns v1.13.1',
    moduleFolder: 'coredns',
    tags: [],
    linkerValues: {},
    programs: [
      {
        name: 'coredns',
        source: 'github.com/coredns/coredns',
        asks: { args: ['-version'], pattern: /CoreDNS-(\S+)/ },
      },
    ],
    data: [],
    typicalSeconds: 80,
    buildBytes: 1700 * MIB,
    installedBytes: 80 * MIB,
  },
  {
    kind: 'go',
    component: 'helm',
    version: '3.22.0',
    origin: 'Go module helm.sh/helm/v3 v3.22.0',
    moduleFolder: 'helm',
    tags: [],
    // The Kubernetes version is what `helm template` assumes without a cluster: that of its client-go, as upstream
    // sets it (the default in the source is 1.20, and charts refuse that).
    linkerValues: {
      'helm.sh/helm/v3/internal/version.version': 'v3.22.0',
      'helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor': '1',
      'helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor': '37',
      'helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor': '1',
      'helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor': '37',
    },
    programs: [
      {
        name: 'helm',
        source: 'helm.sh/helm/v3/cmd/helm',
        asks: { args: ['version', '--short'], pattern: /^(v\S+)/ },
      },
    ],
    data: [],
    typicalSeconds: 60,
    buildBytes: 900 * MIB,
    installedBytes: 65 * MIB,
  },
  ...deliveryPrograms,
  {
    kind: 'go',
    component: 'cri-streaming',
    version: '0.1.0',
    origin: "canaryproof's own source, in modules/cri-streaming",
    moduleFolder: 'cri-streaming',
    tags: [],
    linkerValues: {},
    programs: [{ name: 'cri-streaming', source: 'canaryproof.dev/cri-streaming' }],
    data: [],
    typicalSeconds: 45,
    buildBytes: 600 * MIB,
    installedBytes: 30 * MIB,
  },
  ...NPM_PACKAGES,
  ...KIND_PARTS,
];
