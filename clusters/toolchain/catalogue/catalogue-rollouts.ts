/** Argo Rollouts in four releases, so that a matrix can be run and a bad release found; the newest is the default. */
import type { GoRecipe } from './recipe.ts';

const MIB = 1024 ** 2;
const MODULE = 'github.com/argoproj/argo-rollouts';

/** The first is the default. */
const RELEASES = ['1.9.2', '1.9.0', '1.8.5', '1.7.2'] as const;

export const argoRollouts: readonly GoRecipe[] = RELEASES.map((version) => ({
  kind: 'go',
  component: 'argo-rollouts',
  version,
  origin: `Go module ${MODULE} v${version}`,
  moduleFolder: `argo-rollouts-${version}`,
  tags: [],
  linkerValues: { [`${MODULE}/utils/version.version`]: version },
  programs: [
    {
      name: 'rollouts-controller',
      source: `${MODULE}/cmd/rollouts-controller`,
      asks: { args: ['--version'], pattern: /(v\S+)/ },
    },
    {
      name: 'kubectl-argo-rollouts',
      source: `${MODULE}/cmd/kubectl-argo-rollouts`,
      asks: { args: ['version', '--short'], pattern: /(v\S+)/ },
    },
  ],
  data: [
    {
      module: MODULE,
      paths: [
        'manifests/crds',
        'manifests/base',
        'manifests/role',
        'manifests/cluster-install',
        'manifests/namespace-install',
        'manifests/install.yaml',
        'manifests/namespace-install.yaml',
      ],
    },
  ],
  typicalSeconds: 200,
  buildBytes: 2600 * MIB,
  installedBytes: 170 * MIB,
}));
