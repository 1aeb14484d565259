/** Which host program stands behind each image name of a local cluster: pure. */
import type { ImageMapping, ProgramMapping, StandInMapping } from '../../../harness/ports/cluster.ts';
import type { NodeSpec } from '../node-spec.ts';
import { OWN_PREFIX } from './cri-replaced-program.ts';

type CatalogueEntry = NodeSpec['catalogue'][number];

/** Programs and files by the names the images use, as host paths; absent where the component is not installed. */
export interface CatalogueSources {
  readonly coredns?: string;
  readonly istio?: {
    readonly pilotDiscovery: string;
    readonly pilotAgent: string;
    readonly envoy: string;
    readonly bootstrapTemplate: string;
  };
  readonly argocd?: {
    readonly argocd: string;
    readonly gitVerifyWrapper: string;
    readonly helm: string;
    readonly kustomize: string;
    readonly redisServer: string;
    readonly image: string;
  };
  readonly prometheus?: string;
  readonly argoRollouts?: string;
  readonly alertmanager?: string;
  readonly metricsServer?: string;
  readonly jaeger?: string;
  readonly kyverno?: string;
  /** Folder of the component, whose tree of packages both of its programs run from. */
  readonly unleash?: string;
  readonly registry?: string;
  /** For load from inside the cluster. */
  readonly k6?: string;
  /** The stand-in workload's bundle and the Node that runs it. */
  readonly standIn: { readonly bundle: string; readonly node: string };
}

const STAND_IN_USER = '1000';
const ARGOCD_ALIASES = [
  'argocd',
  'argocd-server',
  'argocd-repo-server',
  'argocd-application-controller',
  'argocd-applicationset-controller',
  'argocd-k8s-auth',
  'argocd-cmp-server',
  'argocd-dex',
  'argocd-notifications',
  'argocd-commit-server',
];

/** @param own what runs a program of the user's */
export function imageCatalogue(
  sources: CatalogueSources,
  images: readonly ImageMapping[],
  own: (image: string, program: ProgramMapping) => CatalogueEntry = noPrograms,
): CatalogueEntry[] {
  const bin = (name: string) => `/usr/local/bin/${name}`;
  const standIn = ({ image, standIn: variables }: StandInMapping): CatalogueEntry => ({
    image,
    replaces: 'stand-in',
    entrypoint: [bin('node'), '/app/server.mjs'],
    env: Object.fromEntries(Object.entries(variables).map(([name, value]) => [`${OWN_PREFIX}${name}`, value])),
    files: { '/app/server.mjs': sources.standIn.bundle, [bin('node')]: sources.standIn.node },
    // an image that says nothing of its user runs as root, which runAsNonRoot refuses
    uid: STAND_IN_USER,
    gid: STAND_IN_USER,
  });
  const entries = images.map((mapping) =>
    'program' in mapping ? own(mapping.image, mapping.program) : standIn(mapping),
  );
  if (sources.k6)
    entries.push({ image: 'docker.io/grafana/k6*', entrypoint: [bin('k6')], files: { [bin('k6')]: sources.k6 } });
  if (sources.coredns)
    entries.push({
      image: 'registry.k8s.io/coredns/coredns*',
      entrypoint: [bin('coredns')],
      files: { [bin('coredns')]: sources.coredns },
    });
  if (sources.istio) {
    const { pilotDiscovery, pilotAgent, envoy, bootstrapTemplate } = sources.istio;
    entries.push(
      {
        image: 'registry.istio.io/testing/pilot*',
        entrypoint: [bin('pilot-discovery')],
        uid: '1337',
        gid: '1337',
        files: { [bin('pilot-discovery')]: pilotDiscovery },
      },
      {
        image: 'registry.istio.io/testing/proxyv2*',
        entrypoint: [bin('pilot-agent')],
        uid: '1337',
        gid: '1337',
        files: {
          [bin('pilot-agent')]: pilotAgent,
          [bin('envoy')]: envoy,
          '/var/lib/istio/envoy/envoy_bootstrap_tmpl.json': bootstrapTemplate,
        },
      },
    );
  }
  if (sources.argocd) {
    const { argocd, gitVerifyWrapper, helm, kustomize, redisServer, image } = sources.argocd;
    entries.push(
      {
        image,
        entrypoint: [],
        uid: '999',
        gid: '999',
        env: { HOME: '/tmp', USER: 'argocd', ARGOCD_GPG_ENABLED: 'false' },
        files: {
          ...Object.fromEntries(ARGOCD_ALIASES.map((alias) => [bin(alias), argocd])),
          [bin('git-verify-wrapper.sh')]: gitVerifyWrapper,
          [bin('helm')]: helm,
          [bin('kustomize')]: kustomize,
        },
      },
      {
        image: 'public.ecr.aws/docker/library/redis*',
        entrypoint: [bin('redis-server')],
        uid: '999',
        gid: '999',
        files: { [bin('redis-server')]: redisServer },
      },
    );
  }
  if (sources.unleash) {
    const of = (image: string, program: string): CatalogueEntry => ({
      image,
      entrypoint: [bin('node'), `/unleash/node_modules/${program}`],
      files: { [bin('node')]: sources.standIn.node, '/unleash': `${sources.unleash}/tree` },
      uid: STAND_IN_USER,
      gid: STAND_IN_USER,
    });
    entries.push(
      of('docker.io/unleashorg/unleash-server*', 'unleash-server/dist/server.js'),
      of('canaryproof.local/pglite-server*', '@electric-sql/pglite-socket/dist/scripts/server.js'),
    );
  }
  const ofOneProgram = [
    ['quay.io/prometheus/prometheus*', 'prometheus', sources.prometheus, '65534'],
    ['quay.io/argoproj/argo-rollouts*', 'rollouts-controller', sources.argoRollouts, '999'],
    ['quay.io/prometheus/alertmanager*', 'alertmanager', sources.alertmanager, '65534'],
    ['gcr.io/k8s-staging-metrics-server/metrics-server*', 'metrics-server', sources.metricsServer, '65534'],
    ['docker.io/jaegertracing/jaeger*', 'jaeger', sources.jaeger, '10001'],
    ['reg.kyverno.io/kyverno/kyverno:*', 'kyverno', sources.kyverno, '65534'],
    ['docker.io/library/registry:*', 'registry', sources.registry, '65534'],
  ] as const;
  for (const [image, program, source, uid] of ofOneProgram)
    if (source) entries.push({ image, entrypoint: [bin(program)], uid, gid: uid, files: { [bin(program)]: source } });
  return entries;
}

function noPrograms(image: string): never {
  throw new TypeError(`nothing here runs the program for ${image}`);
}
