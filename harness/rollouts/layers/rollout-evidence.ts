/**
 * What each of five layers held while a rollout was judged, on one clock (Unix milliseconds): the declared steps, the
 * controller's belief, the API object, the proxies, and what clients got. Weights are the canary's, in per cent.
 */
import type { FindingReport } from '../../../reports/model/run-report.ts';
import type { RouteSeen } from '../../evidence/proxy-watch.ts';
import type { RolloutStream } from '../../traffic/recorded-stream.ts';
import type { DeclaredRollout, RolloutStep } from '../rollout-object.ts';
import type { RolloutWatch } from '../rollout-watch.ts';

export interface ClientsOf {
  readonly path: 'ingress' | 'mesh';
  readonly stream: Pick<RolloutStream, 'entries'>;
}

/** What one proxy routed to one host from a moment on, and whose requests it passes on. */
export interface ProxySeen extends RouteSeen {
  readonly path: ClientsOf['path'];
  /** From here on nobody looked, and why; what it routed is not known until it is seen again. */
  readonly lost?: string;
}

export interface RolloutEvidence {
  /** The live Rollout, and its VirtualService. */
  readonly rollout: DeclaredRollout;
  /** Steps as Git declares them; undefined where the harness itself made the Rollout. */
  readonly git: { readonly steps: readonly RolloutStep[]; readonly where: string } | undefined;
  readonly watch: Pick<RolloutWatch, 'beliefs' | 'weights' | 'statuses' | 'rollout' | 'virtualService'>;
  /** Changes of what the first proxies on the clients' way route to the host they ask; empty: nobody read them. */
  readonly proxies: readonly ProxySeen[];
  readonly clients: readonly ClientsOf[];
  /** How pods name themselves, by the order in which their templates came; the first is stable at the beginning. */
  readonly versions: readonly string[];
  readonly endMs: number;
}

/** A stretch in which one layer did not hold what the one before it held. */
export interface Parting {
  readonly code: string;
  readonly layer: FindingReport['layer'];
  readonly atMs: number;
  readonly lastedMs: number;
  /** Sentence without its full stop. */
  readonly said: string;
  readonly object: string;
  readonly field: string;
  readonly writer?: string;
  readonly proxy?: string;
  readonly hint: string;
}

export const rolloutName = ({ ref }: DeclaredRollout): string => `Rollout ${ref.namespace}/${ref.name}`;
export const routeName = ({ ref, virtualService }: DeclaredRollout): string =>
  `VirtualService ${ref.namespace}/${virtualService}`;

/** Who serves at a moment: the version of the canary, or undefined where the newest template is the stable one. */
export function canaryVersionAt({ watch, versions }: RolloutEvidence, ms: number): string | undefined {
  const { statuses } = watch;
  const status = statuses.findLast(({ atMs }) => atMs <= ms)?.status;
  if (!status?.currentHash || status.currentHash === status.stableHash) return undefined;
  const first = statuses.find((one) => one.status.currentHash !== undefined)?.status;
  const hashes = [
    ...new Set([first?.stableHash ?? first?.currentHash, ...statuses.map((one) => one.status.currentHash)]),
  ].filter(Boolean);
  return versions[hashes.indexOf(status.currentHash)];
}
