/** The server in memory as a cluster of others, behind the proxy that spoils answers. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { ApiError } from '../../k8s/client/api-request.ts';
import { clusterClientOf } from '../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../k8s/client/object.ts';
import { DEFINITIONS, objectsOfOthers } from './cluster-of-others.ts';
import { plainKubeconfig, startFaultProxy } from './fault-proxy.ts';
import type { SharedCluster } from './harmless-cases.ts';
import { type StrictApiServer, startStrictApiServer } from './strict-api-server.ts';
import { SHARED_NAME } from './user-of-shared.ts';

export interface StrictCluster extends SharedCluster {
  readonly server: StrictApiServer;
  /** Writes a kubeconfig whose contexts are the names given. */
  kubeconfigAt(folder: string, name: string): Promise<string>;
}

export async function openStrictCluster(): Promise<StrictCluster> {
  const server = await startStrictApiServer();
  const config = new KubeConfig();
  config.loadFromString(plainKubeconfig(server.url, 'shared'));
  // without a connection: nothing is tested between the owner of the cluster and the server
  const admin = clusterClientOf(config, async (method, path, { body, contentType = '' } = {}) => {
    const answer = server.ask({ method, path, contentType, text: body === undefined ? '' : JSON.stringify(body) });
    if (answer.status >= 300) throw new ApiError(answer.status, `${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.text;
  });
  const labels = { 'canaryproof.dev/cluster': SHARED_NAME };
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1', labels } };
  const there: readonly KubeObject[] = [...DEFINITIONS, node, ...objectsOfOthers(SHARED_NAME)];
  for (const object of there) {
    const { apiVersion = '', kind = '', metadata } = object;
    await admin.create(await admin.locate({ apiVersion, kind, namespace: metadata.namespace ?? '' }), object);
  }
  const proxy = await startFaultProxy(server.ask);
  return {
    ...{ server, admin, proxy, node: 'node-1' },
    async kubeconfigAt(folder, name) {
      const file = path.join(folder, `kubeconfig-${name}`);
      await writeFile(file, plainKubeconfig(server.url, name));
      return file;
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
