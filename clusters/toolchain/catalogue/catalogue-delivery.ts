/** Programs that some profiles bring: rendering, alerting, resource metrics, traces, policies, images and signatures. */
import type { GoRecipe } from './recipe.ts';

const MIB = 1024 ** 2;

export const deliveryPrograms: readonly GoRecipe[] = [
  {
    kind: 'go',
    component: 'kustomize',
    version: '5.8.2',
    origin: 'Go module sigs.k8s.io/kustomize/kustomize/v5 v5.8.2',
    moduleFolder: 'kustomize',
    tags: [],
    linkerValues: { 'sigs.k8s.io/kustomize/api/provenance.version': 'v5.8.2' },
    programs: [
      {
        name: 'kustomize',
        source: 'sigs.k8s.io/kustomize/kustomize/v5',
        asks: { args: ['version'], pattern: /(v\S+)/ },
      },
    ],
    data: [],
    typicalSeconds: 25,
    buildBytes: 300 * MIB,
    installedBytes: 15 * MIB,
  },
  {
    kind: 'go',
    component: 'alertmanager',
    version: '0.28.1',
    origin: 'Go module github.com/prometheus/alertmanager v0.28.1',
    moduleFolder: 'alertmanager',
    tags: [],
    linkerValues: { 'github.com/prometheus/common/version.Version': '0.28.1' },
    programs: [
      {
        name: 'alertmanager',
        source: 'github.com/prometheus/alertmanager/cmd/alertmanager',
        asks: { args: ['--version'], pattern: /alertmanager, version (\S+)/ },
      },
    ],
    data: [],
    typicalSeconds: 60,
    buildBytes: 800 * MIB,
    installedBytes: 35 * MIB,
  },
  {
    kind: 'go',
    component: 'metrics-server',
    version: '0.9.0',
    origin: 'Go module sigs.k8s.io/metrics-server v0.9.0',
    moduleFolder: 'metrics-server',
    tags: [],
    // Its kube-openapi hands over to Go's own encoding/json/v2 where that is on, and then writes a schema that the API
    // server cannot merge: /openapi/v2 answers 503 to who asks for protobuf, as Argo CD does.
    experiment: 'nojsonv2',
    linkerValues: {
      'k8s.io/client-go/pkg/version.gitVersion': 'v0.9.0',
      'k8s.io/component-base/version.gitVersion': 'v0.9.0',
    },
    programs: [
      {
        name: 'metrics-server',
        source: 'sigs.k8s.io/metrics-server/cmd/metrics-server',
        asks: { args: ['--version'], pattern: /(v\S+)/ },
      },
    ],
    data: [{ module: 'sigs.k8s.io/metrics-server', paths: ['manifests/base'] }],
    typicalSeconds: 160,
    buildBytes: 1500 * MIB,
    installedBytes: 75 * MIB,
  },
  {
    kind: 'go',
    component: 'jaeger',
    // One commit is tagged v1.76.0 and v2.13.0: later tags of v2 lack the /v2 that Go asks of a module's path, so this is
    // the newest Jaeger 2 that a module proxy serves.
    version: '2.13.0',
    origin: 'Go module github.com/jaegertracing/jaeger v1.76.0',
    moduleFolder: 'jaeger',
    tags: [],
    linkerValues: { 'github.com/jaegertracing/jaeger/internal/version.latestVersion': 'v2.13.0' },
    programs: [
      {
        name: 'jaeger',
        source: 'github.com/jaegertracing/jaeger/cmd/jaeger',
        asks: { args: ['version'], pattern: /"gitVersion":"(v[^"]+)"/ },
      },
    ],
    data: [],
    typicalSeconds: 300,
    buildBytes: 3000 * MIB,
    installedBytes: 100 * MIB,
  },
  {
    kind: 'go',
    component: 'kyverno',
    version: '1.19.1',
    origin: 'Go module github.com/kyverno/kyverno v1.19.1',
    moduleFolder: 'kyverno',
    tags: [],
    linkerValues: { 'github.com/kyverno/kyverno/pkg/version.BuildVersion': 'v1.19.1' },
    programs: [{ name: 'kyverno', source: 'github.com/kyverno/kyverno/cmd/kyverno' }],
    data: [{ module: 'github.com/kyverno/kyverno', paths: ['config/install-latest-testing.yaml'] }],
    typicalSeconds: 400,
    buildBytes: 4500 * MIB,
    installedBytes: 145 * MIB,
  },
  {
    kind: 'go',
    component: 'registry',
    version: '3.1.2',
    origin: 'Go module github.com/distribution/distribution/v3 v3.1.2',
    moduleFolder: 'registry',
    tags: [],
    linkerValues: { 'github.com/distribution/distribution/v3/version.version': 'v3.1.2' },
    programs: [
      {
        name: 'registry',
        source: 'github.com/distribution/distribution/v3/cmd/registry',
        asks: { args: ['--version'], pattern: /(v3\.\S+)/ },
      },
    ],
    data: [],
    typicalSeconds: 60,
    buildBytes: 900 * MIB,
    installedBytes: 50 * MIB,
  },
  {
    kind: 'go',
    component: 'cosign',
    version: '3.1.3',
    origin: 'Go module github.com/sigstore/cosign/v3 v3.1.3',
    moduleFolder: 'cosign',
    tags: [],
    linkerValues: { 'sigs.k8s.io/release-utils/version.gitVersion': 'v3.1.3' },
    programs: [
      {
        name: 'cosign',
        source: 'github.com/sigstore/cosign/v3/cmd/cosign',
        asks: { args: ['version'], pattern: /GitVersion:\s+(v\S+)/ },
      },
    ],
    data: [],
    typicalSeconds: 160,
    buildBytes: 2500 * MIB,
    installedBytes: 130 * MIB,
  },
];
