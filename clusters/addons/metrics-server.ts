/** The metrics server from upstream's own manifests: CPU and memory of pods, for autoscalers. */
import path from 'node:path';
import type { KubeObject } from '../../k8s/client/object.ts';
import type { Addon } from './addon.ts';
import { readManifests, withFastProbes } from './manifest-file.ts';
import { awaitRolledOut } from './readiness-waits.ts';

const NAMESPACE = 'kube-system';
const FILES = ['rbac.yaml', 'service.yaml', 'deployment.yaml', 'apiservice.yaml'];
/** Upstream's Kustomization gives these to everything. */
const LABELS = { 'k8s-app': 'metrics-server' };
const AVAILABLE_MS = 90_000;

interface Container {
  readonly args: readonly string[];
  readonly readinessProbe?: { readonly httpGet?: object };
}

interface DeploymentSpec {
  readonly template: {
    readonly metadata?: object;
    readonly spec: { readonly containers: readonly Container[] };
  };
}

/** It refuses to ask a kubelet for longer than the time between two samples. */
const SAMPLING = ['--metric-resolution=10s', '--kubelet-request-timeout=5s'];

/**
 * Selectors and labels as upstream's Kustomization adds them; sampled more often than a long-lived cluster would.
 *
 * @param nodeHasMemory false: the kubelet cannot say how much memory the whole node uses, and upstream's readiness would
 *   wait for that for ever; autoscalers ask for pods alone
 */
export function adapted(object: KubeObject, nodeHasMemory: boolean): KubeObject {
  if (object.kind === 'Service') return { ...object, spec: { ...object.spec, selector: LABELS } };
  if (object.kind !== 'Deployment') return object;
  const { template } = object.spec as unknown as DeploymentSpec;
  const [container] = template.spec.containers;
  if (!container) return object;
  const kept = container.args.filter((arg) => SAMPLING.every((own) => flagOf(own) !== flagOf(arg)));
  return {
    ...object,
    spec: {
      ...object.spec,
      selector: { matchLabels: LABELS },
      template: {
        ...template,
        metadata: { labels: LABELS },
        spec: {
          ...template.spec,
          // serving certificates of kubelets are self-signed unless a cluster was set up otherwise
          containers: [
            {
              ...(nodeHasMemory ? container : readyWhenAlive(container)),
              args: [...kept, ...SAMPLING, '--kubelet-insecure-tls'],
            },
          ],
        },
      },
    },
  };
}

function readyWhenAlive(container: Container): Container {
  const { readinessProbe: probe } = container;
  return { ...container, readinessProbe: { ...probe, httpGet: { ...probe?.httpGet, path: '/livez' } } };
}

const flagOf = (arg: string) => arg.split('=')[0];

export const metricsServer: Addon = {
  name: 'metrics-server',
  needs: [],
  async install(context) {
    const { client, signal, step } = context;
    const folder = context.componentFile('metrics-server', 'manifests/base');
    const objects = (await Promise.all(FILES.map((file) => readManifests(path.join(folder, file))))).flat();
    const local = context.fastProbes;
    const fast = (object: KubeObject) => (local ? withFastProbes(object) : object);
    await client.apply(objects.map((object) => fast(adapted(object, !local))));
    await awaitRolledOut(client, 'Deployment', { namespace: NAMESPACE, name: 'metrics-server' }, signal);
    step.update('API');
    await client.waitFor(
      { apiVersion: 'apiregistration.k8s.io/v1', resource: 'apiservices' },
      'v1beta1.metrics.k8s.io',
      isAvailable,
      { timeoutMs: AVAILABLE_MS, what: 'the metrics API to be available', signal },
    );
  },
};

/** The API server reaches the service behind an APIService. */
export function isAvailable(object: KubeObject | undefined): boolean {
  const conditions = (object?.status as { conditions?: { type: string; status: string }[] } | undefined)?.conditions;
  return conditions?.some(({ type, status }) => type === 'Available' && status === 'True') ?? false;
}
