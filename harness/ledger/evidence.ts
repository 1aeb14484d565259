/** What the ledger is made from: the record of every layer for one split, on one clock (Unix milliseconds). */
import type { LabelView } from './label-stream.ts';
import type { LayerStep } from './layer-steps.ts';

export type ClientPath = 'ingress' | 'mesh' | 'direct';

/** A commit, from the moment it was pushed. */
export interface GitStep extends LayerStep {
  readonly commit: string;
  /** `FILE:LINE` of the split in that commit. */
  readonly where: string;
  /** Whether it binds the route to the mesh. */
  readonly inMesh: boolean;
}

/** What the GitOps controller had applied, from when it was seen to say so. */
export interface AppliedStep {
  readonly atMs: number;
  /** Undefined: nothing yet. */
  readonly commit: string | undefined;
  readonly automated: boolean;
  readonly selfHeal: boolean;
  readonly policyWriter: string;
}

export interface ApiStep extends LayerStep {
  readonly resourceVersion: string;
  readonly routesWriter: string;
  readonly gatewaysWriter: string;
  /** Place in `spec.http` of the route that splits. */
  readonly routeIndex: number;
  readonly gateways: readonly string[];
  readonly deleted: boolean;
}

export interface ProxyStep extends LayerStep {
  readonly version: string;
}

export interface ProxyTrack {
  /** `namespace/pod`. */
  readonly proxy: string;
  readonly steps: readonly ProxyStep[];
  /** It sends the split's requests on behalf of clients. */
  readonly isSource: boolean;
  /** A gateway follows what is bound to gateways, a sidecar what is bound to the mesh. */
  readonly isGateway: boolean;
}

export interface RefusedConfig {
  readonly proxy: string;
  readonly type: string;
  readonly text: string;
  readonly atMs: number;
  readonly clearedMs: number | undefined;
}

/** Requests of one client path, in start order. */
export interface PathStream {
  readonly path: ClientPath;
  readonly labels: LabelView;
}

/** How long each layer may take to follow the one above before that is a finding. */
export interface AllowedLags {
  readonly gitToApiMs: number;
  readonly driftHealedMs: number;
  readonly apiToXdsMs: number;
}

export interface LedgerEvidence {
  readonly title: string;
  readonly virtualService: { readonly namespace: string; readonly name: string };
  readonly application: { readonly namespace: string; readonly name: string };
  readonly service: string;
  /** The followed arm and the subset that it stands for. */
  readonly arm: string;
  readonly subset: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly git: readonly GitStep[];
  /** Empty: nobody knows what was applied; then the newest commit counts as applied. */
  readonly applied: readonly AppliedStep[];
  readonly api: readonly ApiStep[];
  readonly proxies: readonly ProxyTrack[];
  readonly refused: readonly RefusedConfig[];
  readonly streams: readonly PathStream[];
  readonly allowed: AllowedLags;
}

export function objectOf({ virtualService: { namespace, name } }: LedgerEvidence): string {
  return `VirtualService ${namespace}/${name}`;
}

/** What the API object orders this proxy to hold. */
export function orderedHeld({ isGateway }: ProxyTrack, step: ApiStep | undefined): ApiStep['held'] {
  if (!isGateway) return meshHeld(step);
  return step && !step.deleted && step.gateways.some((name) => name !== 'mesh') ? step.held : undefined;
}

/** What the API object means inside the mesh: no split when it is deleted or not bound to it. */
export function meshHeld(step: ApiStep | undefined): ApiStep['held'] {
  return step && !step.deleted && step.gateways.includes('mesh') ? step.held : undefined;
}
