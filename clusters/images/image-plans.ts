/**
 * The images of the addons and the load generator: the same programs that the local provider runs as processes, under
 * the names that charts and manifests ask for. Pure.
 */
import type { Toolset } from '../toolchain/toolset.ts';
import { dataFile, type Part, program } from './image-parts.ts';
import type { ImageConfig, ImagePlan } from './image-plan.ts';

interface ImageSet {
  /** What the images are made of. */
  readonly components: readonly string[];
  readonly plan: (toolset: Toolset) => readonly ImagePlan[];
}

/** By the addon whose pods run them, and `k6` for load from inside a cluster. */
const SETS: Readonly<Record<string, ImageSet>> = {
  istio: { components: ['istio', 'envoy'], plan: istioImages },
  argocd: { components: ['argocd', 'helm', 'kustomize', 'redis'], plan: argocdImages },
  'argo-rollouts': { components: ['argo-rollouts'], plan: rolloutsImages },
  prometheus: { components: ['prometheus'], plan: prometheusImages },
  k6: { components: ['k6'], plan: k6Images },
};

/** Components that the images below are made of. */
export const IMAGE_COMPONENTS: readonly string[] = [
  ...new Set(Object.values(SETS).flatMap(({ components }) => components)),
];

/** @param toolset holds at least the components above */
export function componentImages(toolset: Toolset): readonly ImagePlan[] {
  return Object.values(SETS).flatMap(({ plan }) => plan(toolset));
}

/** Hub and tag of Istio's own charts when nobody sets them. */
const ISTIO_HUB = 'registry.istio.io/testing';
const ISTIO_USER = '1337:1337';

function istioImages(toolset: Toolset): readonly ImagePlan[] {
  const istio = toolset.component('istio');
  const tags = (image: string) => [`${ISTIO_HUB}/${image}:latest`, `${ISTIO_HUB}/${image}:${istio.version}`];
  const template = 'tools/packaging/common/envoy_bootstrap.json';
  return [
    image('istio-pilot', istio.version, tags('pilot'), [program(toolset, 'istio', 'pilot-discovery')], {
      entrypoint: ['/usr/local/bin/pilot-discovery'],
      user: ISTIO_USER,
    }),
    image(
      'istio-proxy',
      istio.version,
      tags('proxyv2'),
      [
        program(toolset, 'istio', 'pilot-agent'),
        program(toolset, 'envoy', 'envoy'),
        dataFile(istio, template, '/var/lib/istio/envoy/envoy_bootstrap_tmpl.json'),
      ],
      { entrypoint: ['/usr/local/bin/pilot-agent'], user: ISTIO_USER },
    ),
  ];
}

const ARGO_USER = '999:999';
/** The names under which Argo CD's one program is another component. */
const ARGOCD_NAMES = [
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
/** The tag that upstream's core-install manifest gives Redis; the version is what the program says. */
const REDIS_TAG = '8.2.3-alpine';

function argocdImages(toolset: Toolset): readonly ImagePlan[] {
  const argocd = toolset.component('argocd');
  const verify = 'git-verify-wrapper.sh';
  return [
    {
      ...image(
        'argocd',
        argocd.version,
        [`quay.io/argoproj/argocd:v${argocd.version}`],
        [
          program(toolset, 'argocd', 'argocd'),
          program(toolset, 'helm', 'helm'),
          program(toolset, 'kustomize', 'kustomize'),
          dataFile(argocd, `hack/${verify}`, `/usr/local/bin/${verify}`, true),
        ],
        {
          entrypoint: ['/usr/bin/tini', '--'],
          user: ARGO_USER,
          environment: { HOME: '/tmp', USER: 'argocd', ARGOCD_GPG_ENABLED: 'false' },
          workingDirectory: '/usr/local/bin',
        },
      ),
      links: Object.fromEntries(ARGOCD_NAMES.map((name) => [`/usr/local/bin/${name}`, 'argocd'])),
    },
    image(
      'redis',
      toolset.component('redis').version,
      [`public.ecr.aws/docker/library/redis:${REDIS_TAG}`],
      [program(toolset, 'redis', 'redis-server')],
      { entrypoint: ['/usr/local/bin/redis-server'], user: ARGO_USER, workingDirectory: '/tmp' },
    ),
  ];
}

function rolloutsImages(toolset: Toolset): readonly ImagePlan[] {
  const { version } = toolset.component('argo-rollouts');
  const repository = 'quay.io/argoproj/argo-rollouts';
  const at = '/bin/rollouts-controller';
  return [
    image(
      'argo-rollouts',
      version,
      [`${repository}:v${version}`, `${repository}:latest`],
      [program(toolset, 'argo-rollouts', 'rollouts-controller', at)],
      { entrypoint: [at], user: ARGO_USER },
    ),
  ];
}

function prometheusImages(toolset: Toolset): readonly ImagePlan[] {
  const { version } = toolset.component('prometheus');
  const repository = 'quay.io/prometheus/prometheus';
  return [
    image(
      'prometheus',
      version,
      [`${repository}:v${version}`, `${repository}:latest`],
      [program(toolset, 'prometheus', 'prometheus', '/bin/prometheus')],
      { entrypoint: ['/bin/prometheus'], user: '65534:65534' },
    ),
  ];
}

function k6Images(toolset: Toolset): readonly ImagePlan[] {
  const { version } = toolset.component('k6');
  return [
    image(
      'k6',
      version,
      [`docker.io/grafana/k6:${version}`, 'docker.io/grafana/k6:latest'],
      [program(toolset, 'k6', 'k6', '/usr/bin/k6')],
      {
        entrypoint: ['/usr/bin/k6'],
        user: '12345:12345',
        environment: { HOME: '/tmp' },
        workingDirectory: '/tmp',
      },
    ),
  ];
}

function image(
  name: string,
  version: string,
  tags: readonly string[],
  parts: readonly Part[],
  config: ImageConfig,
): ImagePlan {
  const files = parts.map(({ file }) => file);
  return { name, tags, version, base: 'runtime', files, config, parts: parts.map(({ said }) => said) };
}
