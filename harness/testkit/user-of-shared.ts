/** A user of a cluster of others, with what they bring up there and how one sees that nothing of it is left. */
import path from 'node:path';
import type { RemovalTimes } from '../../clusters/existing/owned-objects.ts';
import { createExistingProvider, type ExistingProvider } from '../../clusters/existing/provider.ts';
import type { ExistingOptions } from '../../clusters/existing/provider-ports.ts';
import type { LeaseTimes } from '../../clusters/existing/run-lease.ts';
import { createApiRequest } from '../../k8s/client/api-request.ts';
import { type ClusterClient, clusterClientOf, readKubeconfig } from '../../k8s/client/cluster-client.ts';
import { createOwnedClient } from '../../k8s/client/owned-client.ts';
import { writeAsAddons } from './cluster-of-others.ts';

/** The same as that of the others' cluster: a name says nothing. */
export const SHARED_NAME = 'shop';
export const SHARED_SPEC = { name: SHARED_NAME, addons: ['argo-rollouts'], componentVersions: {}, images: [] };
/** For a server on a busy machine. */
export const BUSY_MS = 30_000;
const TIMES: LeaseTimes = { durationMs: 3_000, renewDeadlineMs: 2_500, retryMs: 300 };

/** A user of the cluster: with files of their own, from a machine of their own. */
export function userOf(
  kubeconfig: string,
  folder: string,
  ours: string,
  answerMs: () => number = () => BUSY_MS,
  options: Partial<ExistingOptions> = {},
  removalTimes: RemovalTimes = { goneMs: 5_000, pollMs: 20 },
  leaseTimes: LeaseTimes = TIMES,
): ExistingProvider {
  return createExistingProvider({
    options: {
      ...{ kubeconfig, context: 'shared', allowedContext: 'shared', installAddons: true, sharedObjects: [] },
      git: { kind: 'users', directory: folder, url: 'http://git.example.com' },
      ...options,
    },
    stateRoot: path.join(folder, 'state'),
    isOurs: async () => false,
    connect: (file) => {
      const config = readKubeconfig(file);
      return clusterClientOf(config, createApiRequest(config, answerMs()));
    },
    connectOwned: (file, guard, ready) =>
      createOwnedClient(file, guard, { ready, answerMs: answerMs(), patience: { tries: 3, firstMs: 1, capMs: 5 } }),
    prepare: async () => undefined,
    installAddons: (_addons, client) => writeAsAddons(client, ours),
    inCluster: { runners: 1, prefix: () => [] },
    staysUp: true,
    leaseTimes,
    removalTimes,
    now: Date.now,
  });
}

/** What bears our marks, the lease included. */
export async function leftOf(admin: ClusterClient, ours: string): Promise<readonly string[]> {
  const kinds = [
    { apiVersion: 'v1', resource: 'namespaces' },
    { apiVersion: 'v1', resource: 'configmaps' },
    { apiVersion: 'batch/v1', resource: 'jobs' },
    { apiVersion: 'rbac.authorization.k8s.io/v1', resource: 'clusterroles' },
    { apiVersion: 'apiextensions.k8s.io/v1', resource: 'customresourcedefinitions' },
    { apiVersion: 'argoproj.io/v1alpha1', resource: 'applications' },
    { apiVersion: 'networking.istio.io/v1', resource: 'virtualservices' },
    { apiVersion: 'networking.istio.io/v1alpha3', resource: 'envoyfilters' },
    { apiVersion: 'coordination.k8s.io/v1', resource: 'leases' },
  ];
  const lists = await Promise.all(kinds.map((kind) => admin.list(kind)));
  return lists
    .flat()
    .filter(({ metadata: { name, namespace = '', labels = {} } }) => {
      // a case that failed before this one must not make it fail too
      const words = [name, namespace].flatMap((text) => text.split('.'));
      return 'canaryproof.dev/lease' in labels || words.includes(ours);
    })
    .map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
}
