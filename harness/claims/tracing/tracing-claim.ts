/** A tracing claim as the code uses it. */
import type { ClaimBase, NamedRef, TrafficPath } from '../../documents/references.ts';

export interface TracingClaim extends ClaimBase {
  readonly kind: 'tracing';
  readonly telemetry: NamedRef;
  /** At least one; each must be among those that an answer names. */
  readonly services: readonly [string, ...string[]];
  readonly path: TrafficPath;
  readonly backend: BackendPlace;
  /** Of objects that name no namespace. */
  readonly home: string;
}

export interface BackendPlace {
  readonly namespace: string;
  readonly service: string;
  /** Of the query API. */
  readonly port: number;
  /** Of its own metrics. */
  readonly metricsPort: number;
}
