/** Everybody who named himself behind one answer. Pure. */
import { isHopChain, parseHops } from '../../k8s/workload/hops.ts';

export interface NamedReceiver {
  readonly service: string;
  readonly version: string;
  readonly pod: string;
}

/** In the order of the chain; marks of failure and answers that named nobody are none. */
export function namedReceivers(identity: string): readonly NamedReceiver[] {
  return isHopChain(identity) ? parseHops(identity).filter(({ pod }) => pod !== '') : [];
}
