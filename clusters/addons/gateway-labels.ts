/** The ingress gateway under the labels that somebody's Gateway selects. Pure. */
import type { KubeObject } from '../../k8s/client/object.ts';

interface Labelled {
  selector?: { matchLabels?: Record<string, string> } & Record<string, unknown>;
  template?: { metadata?: { labels?: Record<string, string> } };
}

/** @param labels beside the chart's own; for a key that both have, these win, in the Service's selector as well */
export function withGatewayLabels(object: KubeObject, labels: Readonly<Record<string, string>>): KubeObject {
  if (Object.keys(labels).length === 0) return object;
  if (object.kind !== 'Deployment' && object.kind !== 'Service') return object;
  const copy = structuredClone(object) as KubeObject;
  const spec = (copy.spec ?? {}) as Labelled;
  if (object.kind === 'Service') {
    spec.selector = { ...spec.selector, ...labels };
  } else {
    spec.selector = { ...spec.selector, matchLabels: { ...spec.selector?.matchLabels, ...labels } };
    const metadata = spec.template?.metadata;
    spec.template = { ...spec.template, metadata: { ...metadata, labels: { ...metadata?.labels, ...labels } } };
  }
  return copy;
}
