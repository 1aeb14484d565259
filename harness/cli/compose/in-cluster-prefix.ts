/** What stands in front of a program that belongs into a cluster whose pods cannot be entered from this machine. */
import { fileURLToPath } from 'node:url';
import type { InCluster } from '../../../clusters/access/machines/machine-cluster.ts';
import { loadNamespace } from '../../../clusters/access/ownership/ownership.ts';
import type { InClusterOrders } from '../../load/in-cluster/in-cluster-main.ts';

/** @param runners more than one needs the k6-operator */
export function inClusterPrefix(image: string, runners = 1): InCluster {
  const program = fileURLToPath(new URL('../../load/in-cluster/in-cluster-main.ts', import.meta.url));
  return {
    runners,
    prefix(kubeconfig, placement, owner) {
      const orders: InClusterOrders = {
        kubeconfig,
        ...(placement.kind === 'mesh'
          ? { namespace: placement.namespace, pod: placement.pod }
          : { namespace: loadNamespace(owner) }),
        image,
        ...(owner === undefined ? {} : { owner }),
        runners,
      };
      // it ends its Job in order when this process ends, however it does
      return ['setpriv', '--pdeathsig', 'TERM', '--', process.execPath, program, JSON.stringify(orders)];
    },
  };
}
