/** Connects the addons with the components that bring their manifests and charts. */
import type { AddonContext } from '../../../clusters/addons/addon.ts';
import { parseManifests } from '../../../clusters/addons/manifest-file.ts';
import type { Toolset } from '../../../clusters/toolchain/toolset.ts';
import { runProgram } from '../../process/run-program.ts';
import type { ProviderSettings } from '../cluster-requests.ts';

/** Components that bring what an addon applies; on real nodes its programs come as images. */
const MANIFESTS_OF: Readonly<Record<string, readonly string[]>> = {
  istio: ['istio', 'helm'],
  argocd: ['argocd'],
  'argo-rollouts': ['argo-rollouts'],
};

/** Names of those components, each once, in the order of the addons. */
export function manifestComponents(addons: readonly string[]): readonly string[] {
  return [...new Set(addons.flatMap((addon) => MANIFESTS_OF[addon] ?? []))];
}

/** @param chartValues `NAME=VALUE` for every chart, after its values file */
export function componentAccess(
  toolset: Toolset,
  chartValues: readonly string[] = [],
): Pick<AddonContext, 'componentFile' | 'renderChart'> {
  return {
    componentFile: (component, relative) => toolset.component(component).dataFile(relative),
    async renderChart(release, chartDirectory, namespace, valuesFile) {
      const helm = toolset.component('helm').programs.helm?.path ?? 'helm';
      const { stdout } = await runProgram([
        ...([helm, 'template', release, chartDirectory, '--namespace', namespace, '--values', valuesFile] as const),
        ...chartValues.flatMap((value) => ['--set', value]),
      ]);
      return parseManifests(stdout, chartDirectory);
    },
  };
}

/** Values of Istio's charts on real clusters: an image that is on the nodes is not asked for at a registry. */
export function chartValues({ istioProfile }: ProviderSettings): readonly string[] {
  const profile = istioProfile === undefined || istioProfile === 'default' ? [] : [`profile=${istioProfile}`];
  return ['global.imagePullPolicy=IfNotPresent', ...profile];
}
