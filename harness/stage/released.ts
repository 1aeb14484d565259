/** A version of the copy: what its pods call themselves, and what is wrong with it. */
import type { KubeObject } from '../../k8s/client/object.ts';

/**
 * The Rollout with a pod template of its own for a version: what the pods call themselves, the label by which queries
 * tell versions apart (where there is one that may change), and the faults that are in force from the first request on.
 */
export function released(rollout: KubeObject, version: string, behaviour: object | undefined): KubeObject {
  const { template, ...spec } = rollout.spec as { template: PodTemplate; selector?: LabelSelector };
  const { labels = {} } = template.metadata ?? {};
  // what the Rollout selects its pods by is the same in every version of it
  const isTelling = 'version' in labels && !isSelected('version', spec.selector);
  const told = { VERSION: version, BEHAVIOUR: behaviour && JSON.stringify(behaviour) };
  // a stand-in in the place of an image reads the prefixed ones only: the others are of the program that it replaces
  const variables: Readonly<Record<string, string | undefined>> = {
    ...told,
    CANARYPROOF_VERSION: told.VERSION,
    CANARYPROOF_BEHAVIOUR: told.BEHAVIOUR,
  };
  const containers = template.spec.containers.map((container, i) => {
    if (i > 0) return container;
    const kept = (container.env ?? []).filter(({ name }) => !(name in variables));
    const added = Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
    return { ...container, env: [...kept, ...added] };
  });
  return {
    ...rollout,
    spec: {
      ...spec,
      template: {
        ...template,
        metadata: { ...template.metadata, labels: isTelling ? { ...labels, version } : labels },
        spec: { ...template.spec, containers },
      },
    },
  };
}

function isSelected(key: string, { matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): boolean {
  return key in matchLabels || matchExpressions.some((expression) => expression.key === key);
}

interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string }[];
}

interface PodTemplate {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec: { readonly containers: readonly { readonly env?: readonly { readonly name: string }[] }[] };
}
