/**
 * The images of the addons, the load generator and the stand-in workload: the same programs that the local provider
 * runs as processes, under the names that charts and manifests ask for. Pure.
 */
import type { Toolset } from '../toolchain/toolset.ts';
import { dataFile, type Part, program } from './image-parts.ts';
import type { ImageConfig, ImagePlan } from './image-plan.ts';

/** Components that the images below are made of. */
export const IMAGE_COMPONENTS: readonly string[] = [
  'istio',
  'envoy',
  'argocd',
  'helm',
  'redis',
  'argo-rollouts',
  'prometheus',
  'k6',
];

const ISTIO_HUB = 'registry.istio.io/testing';
const ISTIO_USER = '1337:1337';
const ARGOCD_USER = '999:999';
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

/** The tag that upstream's core-install manifest gives Redis. */
const REDIS_TAG = '8.2.3-alpine';

export function componentImages(toolset: Toolset): readonly ImagePlan[] {
  const version = (component: string) => toolset.component(component).version;
  const istio = toolset.component('istio');
  const argocd = toolset.component('argocd');
  const own = (component: string, name: string) => program(toolset, component, name);
  const istioTags = (image: string) => [`${ISTIO_HUB}/${image}:latest`, `${ISTIO_HUB}/${image}:${istio.version}`];
  return [
    image('istio-pilot', istio.version, istioTags('pilot'), [own('istio', 'pilot-discovery')], {
      entrypoint: ['/usr/local/bin/pilot-discovery'],
      user: ISTIO_USER,
    }),
    image(
      'istio-proxy',
      istio.version,
      istioTags('proxyv2'),
      [
        own('istio', 'pilot-agent'),
        own('envoy', 'envoy'),
        dataFile(
          istio,
          'tools/packaging/common/envoy_bootstrap.json',
          '/var/lib/istio/envoy/envoy_bootstrap_tmpl.json',
        ),
      ],
      { entrypoint: ['/usr/local/bin/pilot-agent'], user: ISTIO_USER },
    ),
    {
      ...image(
        'argocd',
        version('argocd'),
        [`quay.io/argoproj/argocd:v${version('argocd')}`],
        [
          own('argocd', 'argocd'),
          own('helm', 'helm'),
          dataFile(argocd, 'hack/git-verify-wrapper.sh', '/usr/local/bin/git-verify-wrapper.sh', true),
        ],
        {
          entrypoint: ['/usr/bin/tini', '--'],
          user: ARGOCD_USER,
          environment: { HOME: '/tmp', USER: 'argocd', ARGOCD_GPG_ENABLED: 'false' },
          workingDirectory: '/usr/local/bin',
        },
      ),
      links: Object.fromEntries(ARGOCD_NAMES.map((name) => [`/usr/local/bin/${name}`, 'argocd'])),
    },
    image(
      'redis',
      version('redis'),
      [`public.ecr.aws/docker/library/redis:${REDIS_TAG}`],
      [own('redis', 'redis-server')],
      { entrypoint: ['/usr/local/bin/redis-server'], user: ARGOCD_USER, workingDirectory: '/tmp' },
    ),
    image(
      'argo-rollouts',
      version('argo-rollouts'),
      [`quay.io/argoproj/argo-rollouts:v${version('argo-rollouts')}`, 'quay.io/argoproj/argo-rollouts:latest'],
      [program(toolset, 'argo-rollouts', 'rollouts-controller', '/bin/rollouts-controller')],
      { entrypoint: ['/bin/rollouts-controller'], user: ARGOCD_USER },
    ),
    image(
      'prometheus',
      version('prometheus'),
      [`quay.io/prometheus/prometheus:v${version('prometheus')}`, 'quay.io/prometheus/prometheus:latest'],
      [program(toolset, 'prometheus', 'prometheus', '/bin/prometheus')],
      { entrypoint: ['/bin/prometheus'], user: '65534:65534' },
    ),
    image('k6', version('k6'), [`docker.io/grafana/k6:${version('k6')}`], [program(toolset, 'k6', 'k6', '/usr/bin/k6')], {
      entrypoint: ['/usr/bin/k6'],
      user: '12345:12345',
      environment: { HOME: '/tmp' },
      workingDirectory: '/tmp',
    }),
  ];
}

function image(
  name: string,
  version: string,
  tags: readonly string[],
  parts: readonly Part[],
  config: ImageConfig,
): ImagePlan {
  return {
    name,
    tags,
    version,
    base: 'runtime',
    files: parts.map(({ file }) => file),
    config,
    parts: parts.map(({ said }) => said),
  };
}
