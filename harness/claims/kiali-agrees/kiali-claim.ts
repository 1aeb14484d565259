/** The claim as the code uses it. */
import type { ClaimBase, TrafficPath } from '../../documents/references.ts';

export interface KialiAgreesClaim extends ClaimBase {
  readonly kind: 'kiali-agrees';
  /** Whose graph is asked for. */
  readonly namespace: string;
  /** Canonical name of the application at the beginning of the edges. */
  readonly from: string;
  /** How the service at their end names itself in the chain of hops, and its canonical name in the graph. */
  readonly service: string;
  readonly path: TrafficPath;
  readonly kiali: KialiPlace;
  /** How far back the graph looks; undefined: by how often Kiali's Prometheus scrapes. */
  readonly windowMs: number | undefined;
}

export interface KialiPlace {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  /** Without a slash at its end; empty at the root. */
  readonly webRoot: string;
}
