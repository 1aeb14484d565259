/** The claim as the code uses it. */
import type { ClaimBase, PodSelector, TrafficPath } from '../../documents/references.ts';
import type { Signal } from './queries/metric-reading.ts';
import type { MeshService } from './queries/narrowed-query.ts';

export interface DashboardClaim extends ClaimBase {
  readonly kind: 'dashboard';
  /** Of ConfigMaps that name none. */
  readonly namespace: string;
  readonly dashboards: readonly string[];
  readonly label: string;
  readonly dataSources: string | undefined;
  readonly prometheus: { readonly name: string; readonly uid?: string | undefined } | undefined;
  readonly signals: readonly Signal[];
  readonly services: readonly MeshService[];
  /** How the asked service names itself in the chain of hops. */
  readonly service: string;
  readonly path: TrafficPath;
  readonly errors: { readonly receiver: PodSelector; readonly share: number } | undefined;
  readonly longestLoadMs: number;
}
