/** How a client reaches a route, as claims write it. */

export interface IngressPath {
  readonly kind: 'ingress';
  readonly host: string;
  readonly path: string;
}

export interface MeshPath {
  readonly kind: 'mesh';
  readonly from: Readonly<Record<string, string>>;
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  readonly path: string;
}

export type ClientPath = IngressPath | MeshPath;
