/** Programs that profiles with rollouts bring: rendering, alerting and resource metrics. */
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
];
